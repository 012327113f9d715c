/** How PostgreSQL is set up: durable, reachable over one socket in a private directory, and without a single line of log. */

/** Name of the role and the database. */
export const ROLE = 'lethe';

/** Size of a file of the journal. Fixed when the files of the database are made. */
export const WAL_SEGMENT_MB = 1;

/**
 * Every setting that could write something down is off, also those that are off by default: a file of a distribution or a newer
 * version must not turn one on. Given on the command line, where they win over every file.
 */
export const settings = (socketDir: string): Record<string, string> => ({
  listen_addresses: '',
  unix_socket_directories: socketDir,
  unix_socket_permissions: '0700',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '60',
  shared_buffers: '16MB',
  // The journal holds what was deleted, and when: as little of it as it can work with, and removed instead of kept for use again.
  max_wal_size: `${4 * WAL_SEGMENT_MB}MB`,
  min_wal_size: `${2 * WAL_SEGMENT_MB}MB`,
  wal_recycle: 'off',
  wal_keep_size: '0',
  checkpoint_timeout: '5min',
  wal_level: 'minimal',
  max_wal_senders: '0',
  archive_mode: 'off',
  huge_pages: 'off',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  track_activities: 'off',
  track_commit_timestamp: 'off',
  update_process_title: 'off',
  // The tables are small and rows leave them for good: space of deleted rows is taken back soon.
  autovacuum_naptime: '60s',
  autovacuum_vacuum_threshold: '1',
  autovacuum_vacuum_scale_factor: '0',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_min_messages: 'panic',
  log_min_error_statement: 'panic',
  log_min_duration_statement: '-1',
  log_min_duration_sample: '-1',
  log_statement_sample_rate: '0',
  log_transaction_sample_rate: '0',
  log_autovacuum_min_duration: '-1',
  log_startup_progress_interval: '0',
  log_checkpoints: 'off',
  log_connections: 'off',
  log_disconnections: 'off',
  log_duration: 'off',
  log_executor_stats: 'off',
  log_hostname: 'off',
  log_lock_waits: 'off',
  log_parser_stats: 'off',
  log_planner_stats: 'off',
  log_recovery_conflict_waits: 'off',
  log_replication_commands: 'off',
  log_statement: 'none',
  log_statement_stats: 'off',
  log_temp_files: '-1',
  log_line_prefix: '',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
});

/** `pg_hba.conf`: only over the socket, only the system users that `pg_ident.conf` maps. */
export const HBA = `local all all peer map=${ROLE}\n`;

/** `pg_ident.conf`: the control plane runs as root; where it does not, as the user that owns the database. */
export const identMap = (user: string): string =>
  [...new Set(['root', user])].map((name) => `${ROLE} ${name} ${ROLE}\n`).join('');
