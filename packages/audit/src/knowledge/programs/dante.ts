import type { Program, Setting } from '../program.ts';

const visits = ['CL-04', 'CL-06'] as const;

/** Dante ends its keywords with a colon, which stays a part of the key where the reader does not drop it. */
const both = (key: string, setting: Omit<Setting, 'key' | 'absent'>): Setting[] =>
  [key, `${key}:`].map((one) => ({ ...setting, key: one, absent: null }));

export const dante: Program = {
  id: 'dante',
  name: 'Dante',
  role: 'proxy',
  recognise: { names: ['danted', 'sockd'] },
  byDefault: 'Nothing is logged without `logoutput`; the usual examples set it, and log connects in every rule.',
  traps: [
    '`log: error` alone still writes client addresses.',
    'The option `-d` overrides `debug` of the file.',
    'Rules of both kinds, client and socks, have a `log` of their own.',
    'Alarms on disconnects write counts and addresses.',
  ],
  config: { syntax: 'braces', option: ['-f'], paths: ['/etc/danted.conf', '/etc/sockd.conf'] },
  scratch: '.*/\\.socks?d?(?:shmem|lock)\\w+',
  settings: [
    ...both('**.log', {
      silent: '(?!)',
      occurrences: 'each',
      records: "logs connections of a rule with the client's address and the destination",
      claims: [...visits],
      mend: 'Remove `log` from every rule, or remove `logoutput`, and restart Dante.',
    }),
    ...both('logoutput', {
      silent: '/dev/null',
      records: 'has a log, to which its rules and errors write addresses',
      claims: [...visits],
      mend: 'Remove `logoutput`, or set `logoutput: /dev/null`.',
    }),
    ...both('debug', {
      silent: '0',
      records: 'runs at a debug level that writes every connection',
      claims: [...visits],
      mend: 'Set `debug: 0`.',
    }),
    {
      key: 'debug-option',
      absent: '0',
      silent: '0',
      option: ['-d'],
      records: 'runs at a debug level that writes every connection',
      claims: [...visits],
      mend: 'Remove `-d` from the command line.',
    },
  ],
  sources: ['Dante 1.4.2: danted.conf(5)', 'Debian dante-server 1.4.2: danted.conf'],
};
