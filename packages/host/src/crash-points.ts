/**
 * Places between two durable steps where a test ends this process as `kill -9` would. Named here, all of them, so that a test can
 * walk the list. In production the variable is not set and a crash point does nothing.
 */

export const CRASH_POINTS = [
  // Bringing a server up, in order.
  'up:record-sealed',
  'up:port-held',
  'up:machine-made',
  'up:link-set',
  'up:rules-on',
  'up:birth-sent',
  'up:keys-received',
  'up:keys-sealed',
  'up:kept-sent',
  'up:enrol-relayed',
  'up:enrolled-received',
  'up:enrolled-sealed',
  'up:ready',
  // A newer device list.
  'list:sealed',
  // Newer settings of the owner.
  'settings:sealed',
  // Forgetting, in order.
  'forget:port-closed',
  'forget:machine-ended',
  'forget:flows-gone',
  // Taking a server down, in order.
  'down:rules-off',
  'down:machine-ended',
  'down:port-released',
  'down:remembered',
  'down:record-deleted',
  'down:gone-sent',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Ends the process here if a test asked for it. */
export function crashPoint(name: CrashPoint): void {
  if (process.env['LETHE_CRASH_AT']?.split(',').includes(name)) process.kill(process.pid, 'SIGKILL');
}
