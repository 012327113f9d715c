import type { Program } from '../program.ts';

export const hysteria: Program = {
  id: 'hysteria',
  name: 'Hysteria',
  role: 'proxy',
  recognise: { names: ['hysteria', 'hysteria-server'] },
  byDefault: 'Every connect and disconnect is logged with address and user at level info.',
  traps: [
    'At level warn, or error in older versions, failing connections are logged with their destination.',
    'The level comes from the environment or an option, never from the file.',
    'The traffic API gives volumes and open streams of every user.',
  ],
  config: {
    syntax: 'yaml',
    option: ['-c', '--config'],
    paths: ['/etc/hysteria/config.yaml', '/etc/hysteria/server.yaml'],
  },
  settings: [
    {
      key: 'log-level',
      absent: 'info',
      silent: 'error',
      option: ['-l', '--log-level'],
      env: 'HYSTERIA_LOG_LEVEL',
      records: 'logs connects with address and user, or failing connections with the destination',
      claims: ['CL-04', 'CL-08'],
      mend: 'Set HYSTERIA_LOG_LEVEL=error in the service and restart Hysteria.',
    },
    {
      key: 'trafficstats.listen',
      absent: null,
      silent: '',
      records: 'counts the traffic of every user and lists open connections with destinations',
      claims: ['CL-04', 'CL-06', 'CL-08'],
      mend: 'Remove `trafficStats`.',
    },
    {
      key: 'sniff.enable',
      absent: 'false',
      silent: 'false',
      records: 'reads the names of visited sites out of the traffic',
      claims: ['CL-05'],
      mend: 'Remove `sniff`.',
    },
    {
      key: 'auth.type',
      absent: null,
      silent: '(?!(http|command)$).*',
      records: "hands the client's address at every connect to another program",
      claims: ['CL-04', 'CL-08'],
      mend: 'Use `auth.type: password` or `userpass`.',
    },
  ],
  sources: ['Hysteria 2: environment variables, traffic stats API', 'Hysteria 2: app/cmd/server.go'],
};
