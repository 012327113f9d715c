import type { Program } from '../program.ts';

const sessions = ['CL-04', 'CL-08'] as const;

export const libreswan: Program = {
  id: 'libreswan',
  name: 'Libreswan pluto',
  role: 'vpn',
  recognise: { names: ['pluto'] },
  byDefault: 'Logs negotiations with names and addresses of peers to syslog, and reports each to the audit system.',
  traps: [
    '`logip=no` hides addresses in ordinary lines only; names, audit messages and debug lines stay.',
    '`plutodebug=private` writes key material.',
    'The updown script (`leftupdown`) is told the addresses of every tunnel.',
  ],
  config: {
    syntax: 'equals',
    option: ['--config'],
    paths: ['/etc/ipsec.conf'],
    also: ['/etc/ipsec.d/*.conf'],
    include: ['include'],
  },
  settings: [
    {
      key: 'logfile',
      absent: 'syslog',
      silent: '/dev/null',
      option: ['--logfile'],
      records: 'logs negotiations with names and addresses of peers',
      claims: [...sessions],
      mend: 'Set `logfile=/dev/null` under `config setup` and restart Libreswan.',
    },
    {
      key: 'audit-log',
      absent: 'yes',
      silent: 'no',
      records: 'reports every negotiation with its address to the audit system',
      claims: [...sessions],
      mend: 'Set `audit-log=no` under `config setup`.',
    },
    {
      key: 'leftupdown',
      absent: null,
      silent: '|%disabled|(?:ipsec |\\S*/)?_updown(?:\\.\\w+)?',
      occurrences: 'each',
      records: 'hands the addresses of every tunnel to a script of its own',
      claims: [...sessions],
      mend: 'Remove `leftupdown`.',
    },
  ],
  sources: ['Libreswan 4.10: ipsec.conf(5)', 'Debian libreswan 4.10-2+deb12u1: /etc/ipsec.conf, ipsec.service'],
};
