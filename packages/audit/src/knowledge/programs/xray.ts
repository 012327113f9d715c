import type { Program, Setting } from '../program.ts';

const visits = ['CL-04', 'CL-06'] as const;
const reduced: Omit<Setting, 'key' | 'silent'> = {
  absent: null,
  when: { key: 'log.access', absent: '', matches: '' },
  records:
    'logs every connection with client, user and destination to standard output, as a log block without `access` does',
  claims: [...visits],
  mend: 'Set `"access": "none"` in the log block and restart.',
};

export const xray: Program = {
  id: 'xray',
  name: 'Xray or V2Ray',
  role: 'proxy',
  recognise: { names: ['xray', 'v2ray'] },
  byDefault:
    'Without a log block only warnings are logged; with one, every connection goes to standard output unless `access` is none.',
  traps: [
    'A log block that only sets `loglevel` turns the access log on.',
    '`loglevel` does not lessen the access log, except for `none`.',
    'Sniffing reads the names of visited sites out of the traffic.',
    'Statistics of users live in memory and are read through the API.',
    'Warnings can name clients and destinations.',
  ],
  config: {
    syntax: 'json',
    option: ['-c', '-config', '--config'],
    paths: [
      '/usr/local/etc/xray/config.json',
      '/etc/xray/config.json',
      '/usr/local/etc/v2ray/config.json',
      '/etc/v2ray/config.json',
    ],
  },
  settings: [
    {
      key: 'log.access',
      absent: null,
      silent: 'none|/dev/null|',
      when: { key: 'log.loglevel', absent: 'warning', matches: '(?!none$).*' },
      records: 'logs every connection with client, user and destination',
      claims: [...visits],
      mend: 'Set `"access": "none"` in the log block and restart.',
    },
    { ...reduced, key: 'log.loglevel', silent: 'none' },
    { ...reduced, key: 'log.error', silent: '(?!)' },
    {
      key: 'log.loglevel',
      absent: 'warning',
      silent: 'warning|error|none',
      records: 'logs the course of connections with addresses in its error log',
      claims: [...visits],
      mend: 'Set `"loglevel": "none"` in the log block and restart.',
    },
    {
      key: 'log.dnslog',
      absent: 'false',
      silent: 'false',
      records: 'logs every lookup of its DNS client',
      claims: ['CL-02'],
      mend: 'Set `"dnsLog": false`.',
    },
    {
      key: '**.sniffing.enabled',
      absent: null,
      silent: 'false',
      occurrences: 'each',
      records: 'reads the names of visited sites out of the traffic',
      claims: ['CL-05'],
      mend: 'Set `"sniffing": { "enabled": false }` in every inbound.',
    },
    ...['statsuseruplink', 'statsuserdownlink', 'statsuseronline'].map(
      (key): Setting => ({
        key: `policy.levels.*.${key}`,
        absent: null,
        silent: 'false',
        occurrences: 'each',
        records: 'counts the traffic or the connections of every user',
        claims: ['CL-04', 'CL-08'],
        mend: 'Remove the statistics of users from `policy.levels`.',
      }),
    ),
  ],
  sources: [
    'Xray: configuration, log',
    'Xray and V2Ray: infra/conf/log.go',
    'Debian v2ray 4.34: example configuration',
  ],
};
