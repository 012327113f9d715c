import type { Program } from '../program.ts';

export const haproxy: Program = {
  id: 'haproxy',
  name: 'HAProxy',
  role: 'web',
  recognise: { names: ['haproxy'] },
  byDefault: 'Nothing is logged without `log`; the configuration of Debian logs every request to syslog.',
  traps: [
    '`log global` in defaults turns logging on in every section that follows.',
    '`option dontlognull` and `dontlog-normal` leave the other lines.',
    'Stick tables keep client addresses with counters in memory, and peers copy them.',
    'The admin socket changes tables and shows sessions at run time.',
  ],
  config: {
    syntax: 'words',
    option: ['-f'],
    paths: ['/etc/haproxy/haproxy.cfg', '/usr/local/etc/haproxy/haproxy.cfg'],
    also: ['/etc/haproxy/conf.d/*.cfg'],
  },
  settings: [
    {
      key: 'log',
      absent: null,
      silent: '/dev/null(\\s.*)?',
      occurrences: 'each',
      records: "sends lines with the client's address for every connection to a log",
      claims: ['CL-01', 'CL-04'],
      mend: 'Remove `log` from global, defaults and every section, and reload HAProxy.',
    },
    {
      key: 'stick-table',
      absent: null,
      silent: '(?!.*\\btype\\s+(ip|ipv6)\\b).*',
      occurrences: 'each',
      records: 'keeps a table of client addresses in memory',
      claims: ['CL-04'],
      mend: 'Remove the stick table, or give it a key that is no address.',
    },
    {
      key: 'filter',
      absent: null,
      silent: '(?!(trace|spoe)\\b).*',
      occurrences: 'each',
      records: 'hands what passes to a filter that can store it',
      claims: ['CL-05'],
      mend: 'Remove the filter.',
    },
  ],
  sources: ['HAProxy 2.6: configuration manual, log, stick-table', 'Debian haproxy 2.6: haproxy.cfg'],
};
