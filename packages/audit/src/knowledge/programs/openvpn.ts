import type { Program, Setting } from '../program.ts';

const sessions = ['CL-04', 'CL-08'] as const;

/** OpenVPN hands every session to these; that one is set is enough. */
const hook = (key: string, records: string): Setting => ({
  key,
  absent: null,
  silent: '(?!)',
  option: [`--${key}`],
  records,
  claims: [...sessions],
  mend: `Remove \`${key}\` and restart OpenVPN.`,
});

export const openvpn: Program = {
  id: 'openvpn',
  name: 'OpenVPN',
  role: 'vpn',
  recognise: { names: ['openvpn'] },
  byDefault:
    "At its built-in verbosity of 1 every connect, with certificate name and address, goes to syslog or the unit's journal.",
  traps: [
    "Debian's units `openvpn-server@` and `openvpn@` add `--status` on the command line, whatever the file says.",
    '`verb 1` is in force without any directive and logs connects; only `verb 0` is silent.',
    'SIGUSR2 writes the list of connected clients into the log.',
    '`port-share` with a directory keeps the real address of every connection in a file there.',
    'A file in client-config-dir is named after the user, and its access time shows the last connect.',
  ],
  config: {
    syntax: 'words',
    option: ['--config'],
    argument: true,
    paths: ['/etc/openvpn/server/server.conf', '/etc/openvpn/server.conf', '/etc/openvpn/openvpn.conf'],
    include: ['config'],
  },
  settings: [
    {
      key: 'verb',
      absent: '1',
      silent: '0',
      option: ['--verb'],
      records: "logs every connect with the user's certificate name, address and time",
      claims: [...sessions],
      mend: 'Set `verb 0` and restart OpenVPN.',
    },
    {
      key: 'status',
      absent: null,
      silent: '/dev/null(\\s.*)?',
      option: ['--status'],
      records: 'writes a status file with the name, address, volume and connect time of every session',
      claims: [...sessions],
      mend: 'Remove `status`, and `--status` from the unit with a drop-in that sets ExecStart anew.',
    },
    {
      key: 'log',
      absent: null,
      silent: '/dev/null',
      option: ['--log'],
      records: 'writes its log to a file',
      claims: [...sessions],
      mend: 'Remove `log`, or set `log /dev/null`.',
    },
    {
      key: 'log-append',
      absent: null,
      silent: '/dev/null',
      option: ['--log-append'],
      records: 'appends its log to a file that restarts do not clear',
      claims: [...sessions],
      mend: 'Remove `log-append`.',
    },
    {
      key: 'ifconfig-pool-persist',
      absent: null,
      silent: '/dev/null(\\s.*)?|.*\\s0',
      option: ['--ifconfig-pool-persist'],
      records: 'keeps a file of which user had which tunnel address',
      claims: [...sessions],
      mend: 'Remove `ifconfig-pool-persist`, or give it an interval of 0, which makes the file read-only.',
    },
    hook('management', 'opens a management interface that lists name, address and volume of every session'),
    hook('client-connect', 'hands name, address and time of every connect to a script'),
    hook('client-disconnect', 'hands name, address, duration and volume of every session to a script'),
    hook('learn-address', 'hands every pair of user and tunnel address to a script'),
    hook('auth-user-pass-verify', 'hands the name and address of every login to a script'),
    hook('tls-verify', 'hands the certificate name and address of every handshake to a script'),
    hook('client-crresponse', 'hands every challenge response, with name and address, to a script'),
    hook('tls-export-cert', 'writes the certificate of every connecting user to a directory'),
    {
      ...hook('plugin', 'loads a plugin that is told of every connect and disconnect'),
      occurrences: 'each',
    },
    {
      key: 'port-share',
      absent: null,
      silent: '\\S+\\s+\\S+',
      option: ['--port-share'],
      records: 'keeps the real address of every shared connection in a directory',
      claims: ['CL-04'],
      mend: 'Remove the third word of `port-share`.',
    },
  ],
  sources: [
    'OpenVPN 2.6.14: openvpn(8)',
    'OpenVPN 2.6: src/openvpn/options.c',
    'Debian openvpn 2.6.14-0+deb12u2: openvpn-server@.service, openvpn@.service',
  ],
};
