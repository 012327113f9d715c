/**
 * Host: the supervisor of one machine's servers. It makes machines through an engine, holds their sealed keys, sets up the machine's
 * side of their network, and follows the control plane, which it needs for changes only.
 */

export type { HostConfig } from './config.ts';
export { parseHostConfig } from './config.ts';
export { CRASH_POINTS, type CrashPoint } from './crash-points.ts';
export { type Host, type HostDeps, startHost } from './host.ts';
export { interfaceName, tableName } from './network/names.ts';
export { detectPublicAddresses } from './network/public-addresses.ts';
export { PROGRESS, type ProgressText } from './progress.ts';
export { type HostSettings, SETTINGS } from './settings.ts';
