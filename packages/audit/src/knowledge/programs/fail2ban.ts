import type { Program } from '../program.ts';

export const fail2ban: Program = {
  id: 'fail2ban',
  name: 'Fail2ban',
  role: 'log',
  recognise: { names: ['fail2ban-server'] },
  byDefault:
    "Reads other programs' logs, logs addresses it finds to /var/log/fail2ban.log and keeps bans in a database.",
  traps: [
    'It needs other programs to log addresses; with only the sshd jail these are those of administrators and attackers.',
  ],
  config: {
    syntax: 'ini',
    option: [],
    paths: ['/etc/fail2ban/fail2ban.conf'],
    also: ['/etc/fail2ban/fail2ban.d/*.conf', '/etc/fail2ban/fail2ban.local', '/etc/fail2ban/fail2ban.d/*.local'],
  },
  settings: [
    {
      key: '*.dbfile',
      absent: '/var/lib/fail2ban/fail2ban.sqlite3',
      silent: 'none|:memory:',
      records: 'keeps banned addresses with times, and the log lines that named them, in a database',
      claims: ['CL-04'],
      mend: 'Set `dbfile = None` in fail2ban.local.',
    },
    {
      key: '*.logtarget',
      absent: '/var/log/fail2ban.log',
      silent: '/dev/null',
      records: 'logs every address it finds in the logs of other programs',
      claims: ['CL-04'],
      mend: 'Set `logtarget = /dev/null` in fail2ban.local.',
    },
  ],
  sources: ['Debian fail2ban 1.0.2-2: /etc/fail2ban/fail2ban.conf'],
};
