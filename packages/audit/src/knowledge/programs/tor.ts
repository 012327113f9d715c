import type { Program, Setting } from '../program.ts';

const relay = { key: 'orport', absent: '0', matches: '(?!0$).*' };

export const tor: Program = {
  id: 'tor',
  name: 'Tor',
  role: 'proxy',
  recognise: { names: ['tor'] },
  byDefault: 'Starts and warnings are logged at level notice, with addresses and names scrubbed.',
  traps: [
    'At levels info and debug scrubbing is not complete.',
    'A relay or bridge counts clients and keeps the counts on disk, some of it by default.',
    'A control port gives streams and circuits to whoever may connect.',
  ],
  config: {
    syntax: 'words',
    option: ['-f'],
    paths: ['/etc/tor/torrc', '/usr/local/etc/tor/torrc'],
    also: ['/usr/share/tor/tor-service-defaults-torrc'],
    include: ['%include'],
  },
  settings: [
    {
      key: 'log',
      absent: 'notice stdout',
      silent: '(notice|warn|err)(-\\w+)?(\\s.*)?',
      occurrences: 'each',
      option: ['--Log', '--log'],
      records: 'logs at a level that names destinations and clients',
      claims: ['CL-04', 'CL-06'],
      mend: 'Set `Log notice syslog` or less, and reload Tor.',
    },
    {
      key: 'safelogging',
      absent: '1',
      silent: '1',
      option: ['--SafeLogging'],
      records: 'does not scrub addresses and names from its log',
      claims: ['CL-04', 'CL-06'],
      mend: 'Set `SafeLogging 1`.',
    },
    ...(
      [
        ['dirreqstatistics', '1', 'directory requests of clients'],
        ['hiddenservicestatistics', '1', 'traffic of onion services'],
        ['entrystatistics', '0', 'clients that connect'],
        ['exitportstatistics', '0', 'bytes and streams for every port of destinations'],
        ['conndirectionstatistics', '0', 'traffic between relays'],
        ['cellstatistics', '0', 'cells in its queues'],
      ] as const
    ).map(
      ([key, absent, what]): Setting => ({
        key,
        absent,
        silent: '0',
        when: relay,
        records: `counts ${what} and writes the counts to disk every day`,
        claims: ['CL-07'],
        mend: `Set \`${key} 0\`.`,
      }),
    ),
    {
      key: 'bridgerecordusagebycountry',
      absent: '1',
      silent: '0',
      when: { key: 'bridgerelay', absent: '0', matches: '1' },
      records: 'counts client addresses by country',
      claims: ['CL-04'],
      mend: 'Set `BridgeRecordUsageByCountry 0`.',
    },
    {
      key: 'metricsport',
      absent: null,
      silent: '0',
      occurrences: 'each',
      records: 'offers counters of its traffic to whoever may read its metrics',
      claims: ['CL-07'],
      mend: 'Remove `MetricsPort`.',
    },
  ],
  sources: ['Tor 0.4.9: tor(1)', 'Debian tor 0.4.9: tor-service-defaults-torrc'],
};
