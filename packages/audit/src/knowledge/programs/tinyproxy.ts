import type { Program } from '../program.ts';

export const tinyproxy: Program = {
  id: 'tinyproxy',
  name: 'Tinyproxy',
  role: 'proxy',
  recognise: { names: ['tinyproxy'] },
  byDefault:
    'At level Info every connection is logged with the client and the address visited, to standard output or the log file.',
  traps: [
    'No `LogFile` and no `Syslog` means standard output, which a service sends to the journal.',
    'Even at level Error the hosts that cannot be reached are named.',
    '`XTinyproxy` gives the client address to every site.',
  ],
  config: {
    syntax: 'words',
    option: ['-c'],
    paths: ['/etc/tinyproxy/tinyproxy.conf', '/etc/tinyproxy.conf', '/usr/local/etc/tinyproxy/tinyproxy.conf'],
  },
  settings: [
    {
      key: 'loglevel',
      absent: 'info',
      silent: '"?critical"?',
      when: { key: 'logfile', absent: 'standard output', matches: '(?!"?/dev/null"?$).*' },
      records: "logs requests with the client's address and the host visited",
      claims: ['CL-04', 'CL-06'],
      mend: 'Set `LogLevel Critical` and restart Tinyproxy.',
    },
    {
      key: 'syslog',
      absent: 'off',
      silent: 'off|no|"?off"?',
      when: { key: 'loglevel', absent: 'info', matches: '(?!"?critical"?$).*' },
      records: 'logs requests to syslog',
      claims: ['CL-04', 'CL-06'],
      mend: 'Set `Syslog Off` and `LogLevel Critical`.',
    },
  ],
  sources: ['Tinyproxy 1.11: tinyproxy.conf(5)', 'Debian tinyproxy 1.11: tinyproxy.conf'],
};
