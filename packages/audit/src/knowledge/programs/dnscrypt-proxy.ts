import type { Program, Setting } from '../program.ts';

const file = (section: string, records: string): Setting => ({
  key: `${section}.${section.endsWith('_log') ? 'file' : 'log_file'}`,
  absent: null,
  silent: '/dev/null|',
  records,
  claims: ['CL-02', 'CL-06'],
  mend: `Remove the file from \`[${section}]\` and restart dnscrypt-proxy.`,
});

export const dnscryptProxy: Program = {
  id: 'dnscrypt-proxy',
  name: 'dnscrypt-proxy',
  role: 'dns',
  recognise: { names: ['dnscrypt-proxy'] },
  byDefault: 'Lookups are not logged; all of them go to public resolvers.',
  traps: [
    'Logs of blocked and allowed names are separate from the query log.',
    'The monitoring interface shows recent lookups without any log file.',
    'Encryption hides lookups on the way, and not from the resolver.',
  ],
  config: {
    syntax: 'toml',
    option: ['-config', '--config'],
    paths: ['/etc/dnscrypt-proxy/dnscrypt-proxy.toml', '/opt/dnscrypt-proxy/dnscrypt-proxy.toml'],
  },
  settings: [
    file('query_log', 'logs every lookup with the client'),
    file('nx_log', 'logs lookups of names that do not exist, with the client'),
    ...['blocked_names', 'allowed_names', 'blocked_ips', 'allowed_ips'].map((section) =>
      file(section, 'logs lookups that match a list, with the client'),
    ),
    {
      key: 'log_level',
      absent: '2',
      silent: '[1-6]',
      option: ['-loglevel', '--loglevel'],
      records: 'logs at level debug, which names lookups',
      claims: ['CL-02'],
      mend: 'Set `log_level = 2`.',
    },
    ...['monitoring_ui.enabled', 'monitoring_ui.enable_query_log'].map(
      (key): Setting => ({
        key,
        absent: 'false',
        silent: 'false',
        records: 'keeps counts and recent lookups for its monitoring page',
        claims: ['CL-02', 'CL-07'],
        mend: `Set \`${key} = false\`.`,
      }),
    ),
    {
      key: 'edns_client_subnet.*',
      absent: null,
      silent: '(?!)',
      occurrences: 'each',
      records: 'sends a client subnet with lookups',
      claims: ['CL-03'],
      mend: 'Remove `edns_client_subnet`.',
    },
    {
      key: 'server_names.*',
      absent: 'every resolver of the public list',
      silent: '(?!)',
      occurrences: 'each',
      records: 'forwards lookups to another resolver, which sees every name',
      claims: ['CL-03'],
      mend: 'Use a resolver on the same server that asks the authoritative servers itself.',
    },
  ],
  sources: ['dnscrypt-proxy 2.1: example-dnscrypt-proxy.toml'],
};
