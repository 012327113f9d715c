import type { Program, Setting } from '../program.ts';

/** Output modules that leave the host or fill a database, as first words of `action(…)` or of its lines. */
const REMOTE = ['omfwd', 'omrelp', 'omelasticsearch', 'omkafka', 'omhttp', 'omgssapi', 'omhiredis', 'ommail', 'omsnmp'];
const DATABASE = ['ommysql', 'ompgsql', 'omlibdbi', 'ommongodb'];

const module = (name: string, prefix: string, remote: boolean): Setting => ({
  key: `${prefix}type="${name}"`,
  absent: null,
  silent: '(?!)',
  records: `${remote ? 'sends what other programs log to another host' : 'writes what other programs log to a database'} (${name})`,
  claims: remote ? ['CL-04', 'CL-14'] : ['CL-04'],
  mend: `Remove the ${name} action and restart rsyslog.`,
});

export const rsyslog: Program = {
  id: 'rsyslog',
  name: 'rsyslog',
  role: 'log',
  recognise: { names: ['rsyslogd'] },
  byDefault:
    "Debian's file writes what other programs log to /var/log/syslog, auth.log, kern.log and more; without rules nothing is kept.",
  traps: [
    'One line in /etc/rsyslog.d, such as `*.* @192.0.2.1`, sends everything to another host.',
    'Debian hands it the whole journal (`ForwardToSyslog`), and imklog the kernel log, firewall LOG lines included.',
    'A queue with a file name keeps messages on disk while the other host is away.',
  ],
  config: {
    syntax: 'words',
    option: ['-f'],
    paths: ['/etc/rsyslog.conf'],
    also: ['/etc/rsyslog.d/*.conf'],
    include: ['$includeconfig'],
  },
  settings: [
    {
      // The first word of a rule is its selector, so any key may be one; the action is in the value.
      key: '**',
      absent: null,
      silent: `(?!(?:.*\\s)?@@?[\\w\\[(]|.*\\btype="(?:${REMOTE.join('|')})"|.*:om(?:relp|fwd|gssapi|hiredis|mail):).*`,
      occurrences: 'each',
      records: 'sends what other programs log to another host',
      claims: ['CL-04', 'CL-14'],
      mend: 'Remove the forwarding rule and restart rsyslog.',
    },
    {
      key: '**',
      absent: null,
      silent:
        '(?!(?:.*\\s)?-?/(?!etc/|usr/|run/|var/spool/|var/run/|dev/(?:null|console|tty|log))\\S|.*\\b(?:file|dynafile)="(?!/dev/null)|\\?\\w|.*\\stype="omfile").*',
      occurrences: 'each',
      records: 'writes what other programs log to a file',
      claims: ['CL-04'],
      mend: 'Remove the rule, or stop and disable rsyslog, and delete the files.',
    },
    {
      key: '**',
      absent: null,
      silent: `(?!.*\\btype="(?:${DATABASE.join('|')})"|.*:om(?:mysql|pgsql|libdbi|mongodb):).*`,
      occurrences: 'each',
      records: 'writes what other programs log to a database',
      claims: ['CL-04'],
      mend: 'Remove the rule and restart rsyslog.',
    },
    ...['action(', ''].flatMap((prefix) => [
      ...REMOTE.map((name) => module(name, prefix, true)),
      ...DATABASE.map((name) => module(name, prefix, false)),
    ]),
    {
      // An action written over several lines.
      key: 'type="omfile"',
      absent: null,
      silent: '(?!)',
      records: 'writes what other programs log to a file',
      claims: ['CL-04'],
      mend: 'Remove the omfile action and restart rsyslog.',
    },
  ],
  sources: ['rsyslog 8.2302: rsyslog.conf(5), rsyslogd(8)', 'Debian rsyslog 8.2302.0-1+deb12u2: /etc/rsyslog.conf'],
};
