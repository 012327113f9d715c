import type { Program, Recording } from '../program.ts';

const always: Recording = {
  records: 'writes what other programs log to files or sends it to other hosts',
  claims: ['CL-04'],
  mend: 'Stop and disable it, remove the package and delete its files in /var/log.',
};

export const syslogNg: Program = {
  id: 'syslog-ng',
  name: 'syslog-ng',
  role: 'log',
  recognise: { names: ['syslog-ng'] },
  byDefault: "Debian's file writes what other programs log to /var/log/syslog, auth.log and more.",
  traps: [
    'A destination `network(…)`, `syslog(…)` or `tcp(…)` in /etc/syslog-ng/conf.d sends everything to another host.',
  ],
  always,
  sources: ['syslog-ng 3.38.1: syslog-ng.conf(5)'],
};

export const syslogd: Program = {
  id: 'syslogd',
  name: 'syslogd (BusyBox, inetutils, sysklogd)',
  role: 'log',
  recognise: { names: ['syslogd', 'metalog', 'socklog'] },
  byDefault: 'Writes what other programs log to /var/log/messages or the files of syslog.conf.',
  traps: ["BusyBox's `-C` keeps messages in memory and `-R HOST` sends them away."],
  always,
  sources: ['BusyBox 1.35.0: syslogd --help', 'inetutils 2.4: syslogd(8)'],
};

export const busyboxSyslogd: Program = {
  id: 'busybox-syslogd',
  name: 'BusyBox syslogd',
  role: 'log',
  recognise: { names: ['busybox'], argv: '(?:^|[/\\s])syslogd\\b' },
  byDefault: 'Writes what other programs log to /var/log/messages.',
  traps: ['`-C` keeps messages in memory and `-R HOST` sends them away.'],
  always,
  sources: ['BusyBox 1.35.0: syslogd --help'],
};

export const auditd: Program = {
  id: 'auditd',
  name: 'auditd',
  role: 'log',
  recognise: { names: ['auditd'] },
  byDefault:
    "Writes what the kernel's audit rules report to /var/log/audit/audit.log; without rules, logins and the like.",
  traps: [
    'A rule on socket or connect reports every connection a program makes; rules are in the kernel and judged there.',
    'With `write_logs = no` plugins in /etc/audit/plugins.d still get every event.',
  ],
  config: { syntax: 'equals', option: [], paths: ['/etc/audit/auditd.conf'] },
  settings: [
    {
      key: 'write_logs',
      absent: 'yes',
      silent: 'no',
      records: "writes what the kernel's audit rules report to disk",
      claims: ['CL-01', 'CL-04'],
      mend: 'Set `write_logs = no`, or stop and remove auditd.',
    },
    {
      key: 'tcp_listen_port',
      absent: null,
      silent: '',
      records: 'takes in the audit events of other hosts',
      claims: ['CL-01', 'CL-04'],
      mend: 'Remove `tcp_listen_port`.',
    },
  ],
  sources: ['auditd 3.0.9: auditd.conf(5)'],
};
