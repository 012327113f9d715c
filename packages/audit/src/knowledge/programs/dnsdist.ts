import type { Program, Setting } from '../program.ts';

export const dnsdist: Program = {
  id: 'dnsdist',
  name: 'dnsdist',
  role: 'dns',
  recognise: { names: ['dnsdist'] },
  byDefault: 'Lookups are not logged, but the last 10000 with their clients stay in ring buffers in memory.',
  traps: [
    'A configuration in Lua is a program and cannot be judged by its settings; only the running server can be asked for its rules.',
    'The console changes rules at run time and shows the ring buffers with `grepq` and `topClients`.',
    'LogAction, RemoteLogAction, DnstapLogAction and TeeAction record or copy lookups.',
  ],
  config: { syntax: 'yaml', option: ['-C', '--config'], paths: ['/etc/dnsdist/dnsdist.yml'] },
  settings: [
    {
      key: 'rules',
      absent: null,
      silent: '(?![\\s\\S]*\\b(log|remote log|dnstap|tee|lua)\\b)[\\s\\S]*',
      records: 'has a rule that logs or copies lookups, or runs Lua on them',
      claims: ['CL-02', 'CL-06'],
      mend: 'Remove the rule and restart dnsdist.',
    },
    ...['query_rules', 'response_rules', 'cache_hit_response_rules', 'self_answered_response_rules'].map(
      (key): Setting => ({
        key: `${key}.*.action.type`,
        absent: null,
        silent: '(?!.*(log|tee|lua)).*',
        occurrences: 'each',
        records: 'has a rule that logs or copies lookups, or runs Lua on them',
        claims: ['CL-02', 'CL-06'],
        mend: 'Remove the rule and restart dnsdist.',
      }),
    ),
    ...['record_queries', 'record_responses'].map(
      (key): Setting => ({
        key: `ring_buffers.${key}`,
        absent: 'true',
        silent: 'false',
        records: 'keeps the last lookups with their clients in memory',
        claims: ['CL-02', 'CL-06'],
        mend: `Set \`ring_buffers.${key}: false\` in the YAML configuration.`,
      }),
    ),
    {
      key: 'logging.verbose',
      absent: 'false',
      silent: 'false',
      option: ['-v', '--verbose'],
      records: 'logs lookups and their clients as debug messages',
      claims: ['CL-02', 'CL-06'],
      mend: 'Remove `-v` from the command line.',
    },
    {
      key: 'backends.*.use_client_subnet',
      absent: null,
      silent: 'false',
      occurrences: 'each',
      records: "sends the client's address to a resolver behind it",
      claims: ['CL-03'],
      mend: 'Set `use_client_subnet: false`.',
    },
  ],
  sources: ['dnsdist 1.7: dnsdist(1)', 'dnsdist 2.0: YAML configuration reference'],
};
