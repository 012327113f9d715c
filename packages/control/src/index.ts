/**
 * The control plane: accounts (who signs in and what is paid for) and fleet (servers and the owner keys they obey), two planes that
 * share a process and a database but no table, key or id; HTTP and OpenAPI in front, PostgreSQL behind. It never logs a request and
 * never dials anything but its database, a mail server, and the channels that its operator named for alarms.
 */

export type { ControlConfig } from './config.ts';
export { type Control, type ControlParts, startControl } from './control.ts';
export { CRASH_POINTS, type CrashPoint } from './crash-points.ts';
export { startDatabases, startPostgres } from './postgres.ts';
