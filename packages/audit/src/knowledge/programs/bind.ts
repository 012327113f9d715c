import type { Program, Setting } from '../program.ts';

/** Categories of level info that carry names or clients; they end in the default category, thus in syslog, unless sent to null. */
const leak = (category: string, records: string, claims: Setting['claims']): Setting => ({
  key: `logging.category ${category}.null`,
  absent: 'the default category',
  silent: 'yes',
  when: { key: 'logging.category default.null', absent: 'no', matches: 'no' },
  records,
  claims,
  mend: `Set \`category default { null; };\`, or \`category ${category} { null; };\`, and restart BIND.`,
});

/** A channel other than null for a category. */
const channel = (category: string, records: string): Setting => ({
  key: `logging.category ${category}.*`,
  absent: null,
  silent: '(?!)',
  when: { key: `logging.category ${category}.null`, absent: 'no', matches: 'no' },
  records,
  claims: ['CL-02', 'CL-06'],
  mend: `Remove the category ${category}, or give it only the channel null.`,
});

export const bind: Program = {
  id: 'bind',
  name: 'BIND',
  role: 'dns',
  recognise: { names: ['named'] },
  byDefault: 'Lookups are not logged, but failing and refused ones are, with their names, at level info to syslog.',
  traps: [
    'That a category `queries` exists turns query logging on, without any `querylog yes`.',
    '`rndc querylog on` lasts over a reload and leaves no trace in named.conf; ask `rndc status`.',
    'Categories without a channel of their own go to `default`, which is syslog when nothing is configured.',
    '`rndc trace` raises the debug level, and its messages name every lookup.',
    '`rndc dumpdb` and `rndc recursing` write names from memory to disk on request.',
    'A response policy zone logs every changed lookup with the client, in the category `rpz`.',
    'A `statistics-channels` block gives counters to whoever may ask.',
  ],
  config: {
    syntax: 'braces',
    option: ['-c'],
    paths: ['/etc/bind/named.conf', '/etc/named.conf', '/usr/local/etc/namedb/named.conf'],
    include: ['include'],
  },
  settings: [
    {
      key: 'options.querylog',
      absent: 'no',
      silent: 'no|false|0|[\\s\\S]*query logging is OFF[\\s\\S]*',
      ask: ['rndc', 'status'],
      records: "logs every lookup with the client's address",
      claims: ['CL-02', 'CL-06'],
      mend: 'Set `querylog no;`, remove the category `queries` and restart BIND.',
    },
    channel(
      'queries',
      'has a log ready for lookups, in use unless `querylog no` is in force and on with one rndc command',
    ),
    channel('responses', 'has a log ready for answers, with names and clients'),
    channel('query-errors', 'logs failing lookups with names and clients'),
    channel('client', 'logs the handling of client requests'),
    channel('rpz', 'logs the lookups that a response policy zone changes, with clients'),
    {
      key: 'options.responselog',
      absent: 'no',
      silent: 'no|false|0',
      records: 'logs every answer with the name and the client',
      claims: ['CL-02', 'CL-06'],
      mend: 'Set `responselog no;` and restart BIND.',
    },
    leak('lame-servers', 'logs the names whose servers do not answer well', ['CL-02', 'CL-07']),
    leak('security', 'logs refused requests with the name and the client', ['CL-02', 'CL-06']),
    leak('dnssec', 'logs the names that fail validation', ['CL-02', 'CL-07']),
    leak('edns-disabled', 'logs the names whose servers have trouble with EDNS', ['CL-02', 'CL-07']),
    {
      key: 'debug-level',
      absent: '0',
      silent: '0|[\\s\\S]*debug level: 0\\b[\\s\\S]*',
      option: ['-d'],
      ask: ['rndc', 'status'],
      records: 'runs at a debug level, whose messages name lookups',
      claims: ['CL-02', 'CL-06'],
      mend: 'Remove `-d` and run `rndc notrace`.',
    },
    {
      key: '**.dnstap.**',
      absent: null,
      silent: '(?!)',
      occurrences: 'each',
      records: 'sends copies of DNS messages to a dnstap receiver or file',
      claims: ['CL-02', 'CL-06'],
      mend: 'Remove `dnstap` and `dnstap-output`.',
    },
    {
      key: '**.forwarders.**',
      absent: null,
      silent: '(?!)',
      occurrences: 'each',
      records: 'forwards lookups to another resolver, which sees every name',
      claims: ['CL-03'],
      mend: 'Remove `forwarders`, so that BIND asks the authoritative servers itself.',
    },
    {
      key: 'options.qname-minimization',
      absent: 'relaxed',
      silent: 'relaxed|strict',
      records: 'sends whole names to servers that need a part of them only',
      claims: ['CL-03'],
      mend: 'Set `qname-minimization relaxed;` or `strict;`.',
    },
  ],
  sources: ['BIND 9.18: Administrator Reference Manual, logging and querylog', 'BIND 9.18: named(8), rndc(8)'],
};
