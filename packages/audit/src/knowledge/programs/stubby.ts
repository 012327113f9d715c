import type { Program } from '../program.ts';

export const stubby: Program = {
  id: 'stubby',
  name: 'Stubby',
  role: 'dns',
  recognise: { names: ['stubby'] },
  byDefault: 'Lookups are not logged; all of them go to the resolvers of its list.',
  traps: [
    'Encryption hides lookups on the way, and not from the resolver.',
    'Without `edns_client_subnet_private` the resolver may pass a part of the address on.',
  ],
  config: { syntax: 'yaml', option: ['-C'], paths: ['/etc/stubby/stubby.yml', '/usr/local/etc/stubby/stubby.yml'] },
  settings: [
    {
      key: 'log_level',
      absent: 'none',
      silent: 'none|(GETDNS_LOG_)?(EMERG|ALERT|CRIT|ERR|WARNING|NOTICE|INFO)|[0-6]',
      option: ['-v'],
      records: 'logs at level debug',
      claims: ['CL-02'],
      mend: 'Remove `-v` and `log_level`.',
    },
    {
      key: 'log-option',
      absent: null,
      silent: '(?!)',
      option: ['-l'],
      records: 'logs at all levels, debug included',
      claims: ['CL-02'],
      mend: 'Remove `-l` from the command line.',
    },
    {
      key: 'edns_client_subnet_private',
      absent: '0',
      silent: '1',
      records: 'does not tell resolvers to keep the client subnet to themselves',
      claims: ['CL-03'],
      mend: 'Set `edns_client_subnet_private: 1`.',
    },
    {
      key: 'upstream_recursive_servers.*.address_data',
      absent: null,
      silent: '(127\\.|0?::1$).*',
      occurrences: 'each',
      records: 'forwards lookups to another resolver, which sees every name',
      claims: ['CL-03'],
      mend: 'Use a resolver on the same server that asks the authoritative servers itself.',
    },
  ],
  sources: ['Stubby 1.6: stubby(1), stubby.yml of Debian'],
};
