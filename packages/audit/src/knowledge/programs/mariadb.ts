import type { Program, Setting } from '../program.ts';

const off = 'off|no|false|0';

/** Underscores and hyphens mean the same in these files. */
const both = (setting: Setting): Setting[] => {
  const name = setting.key;
  return [name, name.replaceAll('_', '-')].map((spelling, index) => ({
    ...setting,
    key: `*.${spelling}`,
    // Absence is judged once.
    absent: index === 0 ? setting.absent : null,
    option: [`--${spelling}`],
  }));
};

const common: Setting[] = [
  ...both({
    key: 'general_log',
    absent: 'off',
    silent: off,
    records: 'logs every statement and connection',
    claims: ['CL-08'],
    mend: 'Remove `general_log` and restart the server.',
  }),
  ...both({
    key: 'slow_query_log',
    absent: 'off',
    silent: off,
    records: 'logs statements that take long, with their values',
    claims: ['CL-08'],
    mend: 'Remove `slow_query_log` and restart the server.',
  }),
];

const traps = [
  '`SET GLOBAL general_log = 1` changes the running server and leaves nothing on disk.',
  'The binary log keeps every change, so deleted rows live on in it and in replicas.',
];

const also = ['/etc/mysql/conf.d/*.cnf', '/etc/my.cnf.d/*.cnf'];
const paths = ['/etc/mysql/my.cnf', '/etc/my.cnf', '/etc/mysql/mariadb.cnf'];

export const mariadb: Program = {
  id: 'mariadb',
  name: 'MariaDB',
  role: 'database',
  recognise: { names: ['mariadbd'] },
  byDefault: 'Logs errors and aborted connections; statements and changes are not logged.',
  traps,
  config: {
    syntax: 'ini',
    option: ['--defaults-file'],
    paths,
    also: [...also, '/etc/mysql/mariadb.conf.d/*.cnf'],
    include: ['!include', '!includedir'],
  },
  settings: [
    ...common,
    ...both({
      key: 'log_slow_query',
      absent: null,
      silent: off,
      records: 'logs statements that take long, with their values',
      claims: ['CL-08'],
      mend: 'Remove `log_slow_query` and restart the server.',
    }),
    ...both({
      key: 'log_bin',
      absent: null,
      silent: off,
      records: 'keeps every change in a binary log, where deleted rows live on',
      claims: ['CL-08', 'CL-18'],
      mend: 'Remove `log_bin`, or declare how long binary logs are kept.',
    }),
    ...both({
      key: 'server_audit_logging',
      absent: null,
      silent: off,
      records: 'logs connections and statements through the audit plugin',
      claims: ['CL-08'],
      mend: 'Remove `server_audit_logging`.',
    }),
  ],
  sources: [
    'MariaDB 10.11: mariadbd(8)',
    'Debian mariadb-server 10.11.19-0+deb12u1: /etc/mysql/mariadb.conf.d/50-server.cnf',
  ],
};

export const mysql: Program = {
  id: 'mysql',
  name: 'MySQL',
  role: 'database',
  recognise: { names: ['mysqld'] },
  byDefault: 'Since 8.0 keeps every change in a binary log for 30 days; statements are not logged.',
  traps: [...traps, 'Old versions of MariaDB are called mysqld too; they are judged here by the defaults of MySQL 8.'],
  config: {
    syntax: 'ini',
    option: ['--defaults-file'],
    paths,
    also: [...also, '/etc/mysql/mysql.conf.d/*.cnf'],
    include: ['!include', '!includedir'],
  },
  settings: [
    ...common,
    {
      key: '*.log_bin',
      absent: 'on',
      silent: off,
      option: ['--log_bin', '--log-bin'],
      when: { key: '*.skip-log-bin', absent: 'no', matches: 'no' },
      records: 'keeps every change in a binary log, where deleted rows live on',
      claims: ['CL-08', 'CL-18'],
      mend: 'Set `skip-log-bin` under [mysqld], or declare how long binary logs are kept.',
    },
    {
      key: '*.log-bin',
      absent: null,
      silent: off,
      records: 'keeps every change in a binary log, where deleted rows live on',
      claims: ['CL-08', 'CL-18'],
      mend: 'Set `skip-log-bin` under [mysqld], or declare how long binary logs are kept.',
    },
  ],
  sources: ['MySQL 8.0: reference manual, The Binary Log and The General Query Log'],
};
