import type { Program } from '../program.ts';

export const journald: Program = {
  id: 'journald',
  name: 'systemd-journald',
  role: 'log',
  recognise: { names: ['systemd-journald'] },
  byDefault:
    'Keeps what other programs log, on disk if /var/log/journal exists (Debian makes it) and else in memory, and on Debian 12 hands it to a syslog daemon.',
  traps: [
    '`Storage=auto` becomes persistent as soon as /var/log/journal exists; nothing in the configuration changes.',
    'A volatile journal holds what others log in memory until restart or rotation. It counts as silent here; the programs that log are judged themselves.',
    '`Storage=none` still forwards to syslog, the kernel buffer, the console or a socket.',
    'Boot options `systemd.journald.forward_to_syslog=` and the like override the file.',
    'A namespace has its own daemon and its own file, /etc/systemd/journald@NAME.conf, which is not read here.',
    '`journalctl --flush` and systemd-journal-flush.service move a volatile journal to disk.',
  ],
  config: {
    syntax: 'ini',
    option: [],
    paths: ['/etc/systemd/journald.conf', '/run/systemd/journald.conf', '/usr/lib/systemd/journald.conf'],
    also: [
      '/usr/lib/systemd/journald.conf.d/*.conf',
      '/usr/local/lib/systemd/journald.conf.d/*.conf',
      '/run/systemd/journald.conf.d/*.conf',
      '/etc/systemd/journald.conf.d/*.conf',
    ],
  },
  settings: [
    {
      key: 'journal.storage',
      absent: 'auto',
      silent: 'volatile|none',
      records: 'keeps on disk what other programs log',
      claims: ['CL-04'],
      mend: 'Set `Storage=volatile` or `none`, delete /var/log/journal and restart systemd-journald.',
    },
    {
      key: 'journal.forwardtosyslog',
      absent: 'yes',
      silent: 'no|n|false|f|off|0',
      records: 'hands what other programs log to a syslog daemon, if one runs',
      claims: ['CL-04'],
      mend: 'Set `ForwardToSyslog=no` and restart systemd-journald.',
    },
    {
      key: 'journal.forwardtokmsg',
      absent: 'no',
      silent: 'no|n|false|f|off|0',
      records: "hands what other programs log to the kernel's buffer, from where netconsole and pstore take it",
      claims: ['CL-04'],
      mend: 'Set `ForwardToKMsg=no`.',
    },
    {
      key: 'journal.forwardtoconsole',
      absent: 'no',
      silent: 'no|n|false|f|off|0',
      records: 'writes what other programs log to a console, which a cloud provider often keeps',
      claims: ['CL-04', 'CL-14'],
      mend: 'Set `ForwardToConsole=no`.',
    },
    {
      key: 'journal.forwardtosocket',
      absent: null,
      silent: '',
      records: 'sends what other programs log to a socket, possibly on another host',
      claims: ['CL-04', 'CL-14'],
      mend: 'Remove `ForwardToSocket=`.',
    },
  ],
  sources: [
    'systemd 252: journald.conf(5)',
    'Debian systemd 252.39-1~deb12u2: /etc/systemd/journald.conf',
    'systemd 256: journald.conf(5)',
  ],
};

export const journalUpload: Program = {
  id: 'systemd-journal-upload',
  name: 'systemd-journal-upload',
  role: 'log',
  recognise: { names: ['systemd-journal-upload'] },
  byDefault: 'Sends the journal to another host.',
  traps: [],
  always: {
    records: 'sends what every program logs to another host',
    claims: ['CL-04', 'CL-14'],
    mend: 'Disable systemd-journal-upload.service.',
  },
  sources: ['systemd 252: systemd-journal-upload.service(8)'],
};

export const journalRemote: Program = {
  id: 'systemd-journal-remote',
  name: 'systemd-journal-remote',
  role: 'log',
  recognise: { names: ['systemd-journal-remote'] },
  byDefault: 'Takes the journals of other hosts and keeps them under /var/log/journal/remote.',
  traps: [],
  always: {
    records: 'keeps on disk what other hosts log',
    claims: ['CL-04'],
    mend: 'Disable systemd-journal-remote.socket and .service.',
  },
  sources: ['systemd 252: systemd-journal-remote.service(8)'],
};

export const journalGatewayd: Program = {
  id: 'systemd-journal-gatewayd',
  name: 'systemd-journal-gatewayd',
  role: 'log',
  recognise: { names: ['systemd-journal-gatewayd'] },
  byDefault: 'Serves the journal over HTTP to whoever connects.',
  traps: [],
  always: {
    records: 'gives what every program logs to whoever connects',
    claims: ['CL-04', 'CL-14'],
    mend: 'Disable systemd-journal-gatewayd.socket and .service.',
  },
  sources: ['systemd 252: systemd-journal-gatewayd.service(8)'],
};
