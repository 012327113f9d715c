import type { Program, Setting } from '../program.ts';

const sessions = ['CL-04', 'CL-08'] as const;

const config: Program['config'] = {
  syntax: 'braces',
  option: [],
  paths: ['/etc/strongswan.conf', '/etc/strongswan/strongswan.conf', '/usr/local/etc/strongswan.conf'],
  also: [
    '/etc/swanctl/swanctl.conf',
    '/etc/swanctl/conf.d/*.conf',
    '/etc/strongswan/swanctl/swanctl.conf',
    '/etc/strongswan/swanctl/conf.d/*.conf',
  ],
  include: ['include', '**.include'],
};

/** Loggers in files and plugins, the same for both daemons. */
const shared: Setting[] = [
  {
    key: '*.filelog.**',
    absent: null,
    // Levels are numbers; other values of the section are paths, formats and yes or no.
    silent: '-1|[^-\\d].*|',
    occurrences: 'each',
    records: 'logs names and addresses of peers to a file',
    claims: [...sessions],
    mend: 'Remove the `filelog` section, or set every level in it to -1.',
  },
  {
    key: '*.filelog.**.path',
    absent: null,
    silent: '/dev/null',
    occurrences: 'each',
    when: { key: '*.filelog.**.default', absent: '1', matches: '(?!-1$).*' },
    records: 'logs names and addresses of peers to a file',
    claims: [...sessions],
    mend: 'Remove the `filelog` section, or set `default = -1` in it.',
  },
  {
    key: '*.syslog.*.*',
    absent: null,
    silent: '-1|[^-\\d].*|',
    occurrences: 'each',
    records: 'logs names and addresses of peers to syslog',
    claims: [...sessions],
    mend: 'Set every level in the `syslog` section to -1; level 0 still logs tunnels going up and down.',
  },
  {
    key: '**.eap-radius.accounting',
    absent: 'no',
    silent: 'no|false|disabled|0',
    records: 'reports start, end and volume of every session to a RADIUS server',
    claims: [...sessions, 'CL-14'],
    mend: 'Set `accounting = no` for eap-radius.',
  },
  {
    key: '**.attr-sql.database',
    absent: null,
    silent: '',
    records: 'keeps the history of address leases in a database',
    claims: [...sessions],
    mend: 'Remove `database` from attr-sql and use pools in memory.',
  },
  {
    key: '**.sql.loglevel',
    absent: '-1',
    silent: '-1',
    records: 'logs to a database',
    claims: [...sessions],
    mend: 'Set `loglevel = -1` for the sql plugin.',
  },
  ...['ike', 'esp'].map(
    (what): Setting => ({
      key: `**.save-keys.${what}`,
      absent: 'no',
      silent: 'no|false|disabled|0',
      records: `writes the ${what.toUpperCase()} keys of sessions to a file, with which copied traffic can be read`,
      claims: ['CL-05'],
      mend: 'Remove the save-keys plugin.',
    }),
  ),
  {
    key: 'connections.*.children.*.updown',
    absent: null,
    silent: '|(?:.*/)?_updown(?:\\s+iptables)?|ipsec _updown(?:\\s+iptables)?',
    occurrences: 'each',
    records: 'hands the addresses and name of every tunnel that goes up or down to a script',
    claims: [...sessions],
    mend: 'Remove `updown` from the connection.',
  },
];

const traps = [
  'Level 0 is not off: it logs tunnels going up and down with names and addresses. Off is -1.',
  '`swanctl --log` and the vici socket give the live log to whoever connects.',
  '`swanctl --log-level`, `ipsec stroke loglevel` and the like change the running daemon and leave nothing on disk.',
  'An updown script (`leftupdown` in ipsec.conf, `updown` in swanctl.conf) is told the addresses of every tunnel; ipsec.conf is not read here.',
];

export const strongswanCharon: Program = {
  id: 'strongswan-charon',
  name: 'strongSwan charon',
  role: 'vpn',
  recognise: { names: ['charon'] },
  byDefault:
    'Without any logger configured it logs to syslog facilities daemon (level 1) and auth (tunnels up and down): names and addresses of peers.',
  traps: ['An empty configuration logs: a default logger is made when none is configured.', ...traps],
  config,
  settings: [
    {
      key: 'charon.syslog.daemon.default',
      absent: '1',
      silent: '-1',
      records: 'logs names and addresses of peers to syslog (daemon)',
      claims: [...sessions],
      mend: 'Set `charon.syslog.daemon.default = -1` and restart strongSwan.',
    },
    {
      key: 'charon.syslog.auth.default',
      absent: '1',
      silent: '-1',
      // Without this section there is no such logger as soon as another one is configured; that one is judged above.
      when: { key: 'charon.syslog.auth.*', absent: null, matches: '.+' },
      records: 'logs tunnels going up and down, with names and addresses, to syslog (auth)',
      claims: [...sessions],
      mend: 'Set `charon.syslog.auth.default = -1` and restart strongSwan.',
    },
    ...shared,
  ],
  sources: [
    'strongSwan 5.9.8: strongswan.conf(5), logger configuration',
    'strongSwan: src/libcharon/daemon.c, load_loggers',
    'Debian strongswan 5.9.8-5+deb12u6: /etc/strongswan.d/charon-logging.conf',
  ],
};

export const charonSystemd: Program = {
  id: 'charon-systemd',
  name: 'strongSwan charon-systemd',
  role: 'vpn',
  recognise: { names: ['charon-systemd'] },
  byDefault: 'Its own journal logger, at level 1, writes names and addresses of peers to the journal.',
  traps: [
    'The journal logger has its own level; `charon.syslog` and `charon.filelog` set to -1 do not touch it.',
    ...traps,
  ],
  config,
  settings: [
    {
      // Settings missing under charon-systemd are taken from charon.
      key: '*.journal.default',
      absent: '1',
      silent: '-1',
      occurrences: 'each',
      records: 'logs names and addresses of peers to the journal',
      claims: [...sessions],
      mend: 'Set `charon-systemd.journal.default = -1` and restart strongSwan.',
    },
    {
      key: '*.journal.*',
      absent: null,
      silent: '-1',
      occurrences: 'each',
      records: 'logs one of its subsystems to the journal',
      claims: [...sessions],
      mend: 'Remove the levels of single subsystems from `charon-systemd.journal`.',
    },
    ...shared,
  ],
  sources: [
    'strongSwan 5.9.8: strongswan.conf(5)',
    'strongSwan: conf/options/charon-systemd.opt, src/charon-systemd/charon-systemd.c',
    'Debian charon-systemd 5.9.8-5+deb12u6: /etc/strongswan.d/charon-systemd.conf',
  ],
};
