import type { Program } from '../program.ts';

export const shadowsocks: Program = {
  id: 'shadowsocks',
  name: 'Shadowsocks',
  role: 'proxy',
  recognise: { names: ['ss-server', 'ss-manager', 'ssserver', 'ssmanager', 'ssservice'] },
  byDefault: 'Connections are not logged; failed handshakes are, with the client address.',
  traps: [
    'One `-v` is enough to log each destination.',
    'A manager counts bytes for every port, and a port is usually one user.',
    'ssserver takes its level from a log block, from a log4rs file or from RUST_LOG.',
  ],
  config: {
    syntax: 'json',
    option: ['-c', '--config'],
    paths: ['/etc/shadowsocks-libev/config.json', '/etc/shadowsocks-rust/config.json', '/etc/shadowsocks.json'],
  },
  settings: [
    {
      key: 'verbose',
      absent: 'no',
      silent: 'no|false|0',
      option: ['-v', '-vv', '-vvv', '--verbose'],
      records: "logs every connection with the client's port and the destination",
      claims: ['CL-04', 'CL-06'],
      mend: 'Remove `-v` from the command line and restart Shadowsocks.',
    },
    {
      key: 'log.level',
      absent: '0',
      silent: '0',
      records: "logs every connection with the client's address and the destination",
      claims: ['CL-04', 'CL-06'],
      mend: 'Remove `log.level` and restart Shadowsocks.',
    },
    {
      key: 'log.config_path',
      absent: null,
      silent: '(?!)',
      option: ['--log-config'],
      records: 'logs as a file of its own says, which is not judged here',
      claims: ['CL-04', 'CL-06'],
      mend: 'Remove `log.config_path` and `--log-config`.',
    },
    {
      key: 'rust-log',
      absent: null,
      silent: 'off|error|warn|info|',
      env: 'RUST_LOG',
      records: 'logs connections at a level set in its environment',
      claims: ['CL-04', 'CL-06'],
      mend: 'Remove RUST_LOG from the environment of the service.',
    },
    {
      key: 'manager_address',
      absent: null,
      silent: '',
      option: ['--manager-address'],
      records: 'reports the volume of every port, which is every user, to a manager',
      claims: ['CL-04'],
      mend: 'Remove the manager and give each user a server of its own.',
    },
  ],
  sources: [
    'shadowsocks-libev 3.3.5: ss-server(1), messages of the program',
    'shadowsocks-rust 1.x: README, configuration of log',
  ],
};
