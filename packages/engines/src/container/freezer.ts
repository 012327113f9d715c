/** Stopping and going on with all processes of a control group, on cgroup v1 (freezer) and v2 (cgroup.freeze). */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';
import { hierarchies } from './cgroups.ts';

/** For the kernel to stop every process; some wait for a disk first. */
const LIMIT_MS = 10_000;

interface Freezer {
  /** File that takes the order, and one that tells whether it has been followed. */
  order: string;
  state: string;
  words: { frozen: string; thawed: string };
  isFrozen(state: string): boolean;
}

const V1 = { words: { frozen: 'FROZEN', thawed: 'THAWED' }, isFrozen: (state: string) => state.trim() === 'FROZEN' };
const V2 = { words: { frozen: '1', thawed: '0' }, isFrozen: (state: string) => /^frozen 1$/m.test(state) };

/** The freezer of a group, whichever version has it; null if none. */
function freezerOf(path: string): Freezer | null {
  for (const { mountPoint, version, controllers } of hierarchies()) {
    const group = mountPoint + path;
    if (controllers.includes('freezer') && existsSync(`${group}/freezer.state`))
      return { order: `${group}/freezer.state`, state: `${group}/freezer.state`, ...V1 };
    if (version === 2 && existsSync(`${group}/cgroup.freeze`))
      return { order: `${group}/cgroup.freeze`, state: `${group}/cgroup.events`, ...V2 };
  }
  return null;
}

/** Returns once every process of the group stands still, or goes on. Throws `engine_failed`. */
export async function setFrozen(path: string, frozen: boolean): Promise<void> {
  const freezer = freezerOf(path);
  if (!freezer) throw new LetheError('engine_failed', 'This host cannot freeze a control group. Nothing was changed.');
  const deadline = Date.now() + LIMIT_MS;
  while (true) {
    writeFileSync(freezer.order, frozen ? freezer.words.frozen : freezer.words.thawed);
    if (freezer.isFrozen(readFileSync(freezer.state, 'utf8')) === frozen) return;
    if (Date.now() > deadline)
      throw new LetheError('engine_failed', 'A container did not stand still in time. Thaw it or end it.');
    await sleep(5);
  }
}

/** Lets a group go on that is to be removed: on v1 a frozen process does not end. Succeeds where there is nothing to thaw. */
export async function thawForEnd(path: string): Promise<void> {
  if (!freezerOf(path)) return;
  try {
    await setFrozen(path, false);
  } catch (error) {
    // Gone meanwhile is what the caller wants; a group that stays is found when it is removed.
    if (error instanceof LetheError) throw error;
  }
}

/** Ids of all processes of a group and of those below it, from the hierarchy with most of them. */
export function processesOf(path: string): number[] {
  const lists = hierarchies().map(({ mountPoint }) => processesBelow(mountPoint + path));
  return lists.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

function processesBelow(group: string): number[] {
  if (!existsSync(group)) return [];
  const own = readFileSync(`${group}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);
  const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...own, ...below.flatMap((entry) => processesBelow(`${group}/${entry.name}`))];
}
