import type { Program, Setting } from '../program.ts';

const off = 'off|no|false|0|';

const setting = (key: string, absent: string, silent: string, records: string, mend: string): Setting => ({
  key,
  absent,
  silent,
  option: [`--${key}`, `--${key.replaceAll('_', '-')}`],
  records,
  claims: ['CL-08'],
  mend,
});

export const postgresql: Program = {
  id: 'postgresql',
  name: 'PostgreSQL',
  role: 'database',
  recognise: { names: ['postgres', 'postmaster'] },
  byDefault: 'Logs errors together with the statement that failed; connections and other statements are not logged.',
  traps: [
    '`log_min_error_statement` is `error` by default: a failing statement is logged with the values written in it.',
    '`ALTER SYSTEM` writes postgresql.auto.conf in the data directory; `ALTER ROLE` and `ALTER DATABASE … SET` are in no file at all.',
    'With logging_collector off the log still goes to standard error, which Debian writes to /var/log/postgresql.',
    'Replicas and base backups keep rows that were deleted since.',
  ],
  config: {
    syntax: 'equals',
    option: ['--config-file', '--config_file'],
    assign: ['-c'],
    directory: { option: ['-D'], file: 'postgresql.conf', also: ['postgresql.auto.conf'] },
    paths: [
      ...[18, 17, 16, 15, 14, 13].map((version) => `/etc/postgresql/${version}/main/postgresql.conf`),
      '/var/lib/postgresql/data/postgresql.conf',
      '/var/lib/pgsql/data/postgresql.conf',
    ],
    also: [
      '/etc/postgresql/*/*/conf.d/*.conf',
      '/var/lib/postgresql/*/*/postgresql.auto.conf',
      '/var/lib/postgresql/data/postgresql.auto.conf',
      '/var/lib/pgsql/data/postgresql.auto.conf',
    ],
    include: ['include', 'include_if_exists', 'include_dir'],
  },
  settings: [
    setting('log_statement', 'none', 'none', 'logs statements with their values', 'Set `log_statement = none`.'),
    setting(
      'log_min_duration_statement',
      '-1',
      '-1\\s*(?:ms)?',
      'logs statements that take long, with their values',
      'Set `log_min_duration_statement = -1`.',
    ),
    setting(
      'log_min_duration_sample',
      '-1',
      '-1\\s*(?:ms)?',
      'logs a sample of statements with their values',
      'Set `log_min_duration_sample = -1`.',
    ),
    setting(
      'log_transaction_sample_rate',
      '0',
      '0(?:\\.0*)?',
      'logs every statement of a sample of transactions',
      'Set `log_transaction_sample_rate = 0`.',
    ),
    setting(
      'log_min_error_statement',
      'error',
      'panic',
      'logs statements that fail, with their values',
      'Set `log_min_error_statement = panic`.',
    ),
    setting(
      'log_parameter_max_length_on_error',
      '0',
      '0',
      'logs the parameters of statements that fail',
      'Set `log_parameter_max_length_on_error = 0`.',
    ),
    setting('log_duration', 'off', off, 'logs the time of every statement', 'Set `log_duration = off`.'),
    setting(
      'log_connections',
      'off',
      off,
      'logs every connection to the database with address and time',
      'Set `log_connections = off`.',
    ),
    setting(
      'log_disconnections',
      'off',
      off,
      'logs the end and length of every connection to the database',
      'Set `log_disconnections = off`.',
    ),
    setting('logging_collector', 'off', off, 'keeps its log in files of its own', 'Set `logging_collector = off`.'),
    {
      ...setting(
        'archive_mode',
        'off',
        off,
        'copies every change to an archive, where deleted rows live on',
        'Set `archive_mode = off`, or declare how long the archive is kept.',
      ),
      claims: ['CL-08', 'CL-18'],
    },
    setting(
      'shared_preload_libraries',
      '',
      '(?!.*(?:pg_stat_statements|pg_stat_monitor|auto_explain|pgaudit|pg_qualstats)).*',
      'loads a library that keeps or logs statements',
      'Remove pg_stat_statements, auto_explain, pgaudit and the like from `shared_preload_libraries`.',
    ),
    setting(
      'session_preload_libraries',
      '',
      '(?!.*(?:auto_explain|pgaudit)).*',
      'loads a library that logs statements into each session',
      'Remove auto_explain and the like from `session_preload_libraries`.',
    ),
  ],
  sources: ['PostgreSQL 15: postgresql.conf.sample', 'PostgreSQL 15: manual, Error Reporting and Logging'],
};
