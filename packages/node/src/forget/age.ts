/** How long ago this server last forgot everything. In a file in memory, so that it outlives a crash of the agent. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { PLACES } from '../places.ts';

const uptimeS = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

/** Seconds since the server's first process started: the age of the machine, in a container too. */
export function machineAgeS(): number {
  const stat = readFileSync('/proc/1/stat', 'utf8');
  // Field 22, counted after the command name, which may hold spaces. In clock ticks, 100 a second on every Linux.
  const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return Math.max(0, Math.floor(uptimeS() - startTicks / 100));
}

/** Everything was forgotten just now, in a machine that goes on. */
export function noteForgotten(): void {
  writeFileSync(PLACES.forgottenAt, String(uptimeS()), { mode: 0o600 });
}

/** True from the first birth of this machine on. */
export const lifeHasBegun = (): boolean => existsSync(PLACES.forgottenAt);

/** A machine that was copied has lived before its birth: its life begins now, unless it has begun. */
export function noteBeginning(): void {
  if (!lifeHasBegun()) noteForgotten();
}

/** Seconds since the machine was born, or since it was cleaned as if it were. */
export function lifeS(): number {
  try {
    return Math.max(0, Math.floor(uptimeS() - Number(readFileSync(PLACES.forgottenAt, 'utf8'))));
  } catch {
    return machineAgeS();
  }
}
