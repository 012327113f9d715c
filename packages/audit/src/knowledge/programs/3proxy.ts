import type { Program, Setting } from '../program.ts';

const visits = ['CL-04', 'CL-06'] as const;

export const threeProxy: Program = {
  id: '3proxy',
  name: '3proxy',
  role: 'proxy',
  recognise: { names: ['3proxy'] },
  byDefault: 'Requests are not logged without `log`; the examples set it, with client, user, destination and volume.',
  traps: [
    'A bare `log` logs to standard output.',
    'Each service can have a log of its own with `-l` on its line.',
    'Counters for traffic limits keep the volume of every user in a file.',
    '`monitor` and the signal SIGUSR1 read changed files at run time.',
  ],
  config: {
    syntax: 'words',
    option: [],
    argument: true,
    paths: [
      '/etc/3proxy/3proxy.cfg',
      '/usr/local/3proxy/conf/3proxy.cfg',
      '/usr/local/etc/3proxy/3proxy.cfg',
      '/etc/3proxy.cfg',
    ],
    include: ['include'],
  },
  settings: [
    {
      key: 'log',
      absent: null,
      silent: '/dev/null(\\s.*)?',
      occurrences: 'each',
      records: 'logs every request with client, user, destination and volume',
      claims: [...visits],
      mend: 'Remove `log` and restart 3proxy.',
    },
    ...['proxy', 'socks', 'pop3p', 'smtpp', 'ftppr', 'tcppm', 'udppm', 'tlspr', 'sni', 'dnspr', 'auto'].map(
      (key): Setting => ({
        key,
        absent: null,
        silent: '(?!(.*\\s)?-l).*',
        occurrences: 'each',
        records: 'logs the requests of a service with client and destination',
        claims: [...visits],
        mend: `Remove \`-l\` from the line of ${key}.`,
      }),
    ),
    ...['counter', 'countin', 'countout', 'countall'].map(
      (key): Setting => ({
        key,
        absent: null,
        silent: '(?!)',
        occurrences: 'each',
        records: 'counts the volume of users',
        claims: ['CL-04'],
        mend: `Remove \`${key}\` and delete the counter file.`,
      }),
    ),
  ],
  sources: ['3proxy 0.9: 3proxy.cfg(5)', '3proxy: src/conf.c'],
};
