import type { Program, Setting } from '../program.ts';

const never = '(?!)';
const forwards: Omit<Setting, 'key'> = {
  absent: null,
  silent: never,
  occurrences: 'each',
  records: 'forwards lookups to another resolver, which sees every name',
  claims: ['CL-03'],
  mend: 'Let `forward` point at a resolver on the same server.',
};

export const coredns: Program = {
  id: 'coredns',
  name: 'CoreDNS',
  role: 'dns',
  recognise: { names: ['coredns'] },
  byDefault: 'Nothing is logged without a plugin; the examples in use load errors and often log.',
  traps: [
    'A bare `log` logs every lookup of its server block with the client.',
    '`errors` names the lookups that fail.',
    'With the plugin reload a changed Corefile takes effect without a restart.',
    'Plugins that are compiled in are not seen in the Corefile alone.',
  ],
  config: {
    syntax: 'braces',
    option: ['-conf', '--conf'],
    paths: ['/etc/coredns/Corefile', '/Corefile'],
    include: ['import'],
  },
  settings: [
    ...['**.log.**', '**.class'].map(
      (key): Setting => ({
        key,
        absent: null,
        silent: never,
        occurrences: 'each',
        records: "logs every lookup with the client's address",
        claims: ['CL-02', 'CL-06'],
        mend: 'Remove the plugin `log`.',
      }),
    ),
    {
      key: '**.errors.**',
      absent: null,
      silent: never,
      occurrences: 'each',
      records: 'logs the names of lookups that fail',
      claims: ['CL-02', 'CL-07'],
      mend: 'Remove the plugin `errors`.',
    },
    {
      key: '**.dnstap.**',
      absent: null,
      silent: never,
      occurrences: 'each',
      records: 'sends copies of DNS messages to a dnstap receiver',
      claims: ['CL-02', 'CL-06'],
      mend: 'Remove the plugin `dnstap`.',
    },
    {
      key: '**.prometheus.**',
      absent: null,
      silent: never,
      occurrences: 'each',
      records: 'counts lookups by zone, type and result',
      claims: ['CL-07'],
      mend: 'Remove the plugin `prometheus`.',
    },
    {
      key: '**.trace.**',
      absent: null,
      silent: never,
      occurrences: 'each',
      records: 'sends traces of lookups to another server',
      claims: ['CL-02', 'CL-06'],
      mend: 'Remove the plugin `trace`.',
    },
    { ...forwards, key: '**.forward', silent: '\\S+( (dns://)?(127\\.\\S+|\\[?::1\\]?\\S*))+' },
    // A forward with a block: its first line is then a segment of the path, its statements are the keys.
    ...['tls_servername', 'health_check', 'max_concurrent', 'force_tcp', 'prefer_udp', 'expire', 'max_fails'].map(
      (key): Setting => ({ ...forwards, key: `**.${key}` }),
    ),
  ],
  sources: ['CoreDNS 1.11: plugins log, errors, dnstap, forward, prometheus'],
};
