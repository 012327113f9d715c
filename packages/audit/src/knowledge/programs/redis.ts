import type { Program } from '../program.ts';

/** Redis takes its file out of its command line and puts its address there; so it is asked there, and its files count if it does not say. */
const ask = (name: string): string[] => [
  'sh',
  '-c',
  `p=$(tr '\\0' ' ' </proc/{pid}/cmdline | sed -n 's/.*:\\([0-9][0-9]*\\).*/\\1/p'); [ -n "$p" ] || exit 1
v=$(redis-cli -p "$p" --raw config get ${name}) || exit 1
case $v in ${name}*) printf %s "\${v#${name}}";; *) exit 1;; esac`,
];

export const redis: Program = {
  id: 'redis',
  name: 'Redis',
  role: 'database',
  // Debian installs one program under several names; the kernel shows the one it was built as.
  recognise: { names: ['redis-server', 'redis-check-rdb', 'valkey-server'] },
  byDefault: 'Writes all its data to dump.rdb from time to time; its log names no clients at level notice.',
  traps: [
    'Without any `save` line snapshots are on; only `save ""` turns them off.',
    '`CONFIG SET` changes the running server and leaves nothing on disk.',
    'The slow log in memory holds the last commands with the address of the client, and `MONITOR` shows every command.',
    'A replica holds all data and may write it to disk by its own settings.',
  ],
  config: {
    syntax: 'words',
    option: [],
    argument: true,
    paths: ['/etc/redis/redis.conf', '/etc/redis.conf', '/etc/valkey/valkey.conf', '/usr/local/etc/redis/redis.conf'],
    include: ['include'],
  },
  settings: [
    {
      key: 'save',
      absent: '3600 1 300 100 60 10000',
      silent: '(?:""|\'\')?',
      option: ['--save'],
      ask: ask('save'),
      records: 'writes all its data to disk from time to time',
      claims: ['CL-08', 'CL-15'],
      mend: 'Set `save ""`, restart Redis and delete dump.rdb.',
    },
    {
      key: 'appendonly',
      absent: 'no',
      silent: 'no',
      option: ['--appendonly'],
      ask: ask('appendonly'),
      records: 'writes every change of its data to disk',
      claims: ['CL-08', 'CL-15'],
      mend: 'Set `appendonly no`, restart Redis and delete the append-only files.',
    },
    {
      key: 'loglevel',
      absent: 'notice',
      silent: 'notice|warning|nothing',
      option: ['--loglevel'],
      ask: ask('loglevel'),
      records: 'logs every connection with its address',
      claims: ['CL-08'],
      mend: 'Set `loglevel notice` or `warning`.',
    },
  ],
  sources: ['Redis 7.0.15: redis.conf', 'Debian redis-server 7.0.15-1~deb12u10: /etc/redis/redis.conf'],
};
