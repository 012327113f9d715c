/**
 * What the container suites share: an engine on a run directory of its own, a small image made once per file, and a
 * look for anything left behind.
 */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageFiles, MachineSpec } from '@lethe/core';
import { hierarchies } from '../src/container/cgroups.ts';
import { type ContainerEngine, openContainerEngine } from '../src/container/index.ts';

export const isRoot = process.geteuid?.() === 0;

export interface Place {
  /** Directory that holds everything of one test file; others may pass through it, as through the image cache. */
  base: string;
  runDir: string;
  instance: string;
}

/** A place for one test file. */
export function makePlace(): Place {
  const base = mkdtempSync(join(tmpdir(), 'lethe-container-'));
  chmodSync(base, 0o711);
  return { base, runDir: join(base, 'run'), instance: randomBytes(3).toString('hex') };
}

export const openEngine = (
  place: Place,
  more: { path?: string; toolLimitMs?: number } = {},
): Promise<ContainerEngine> => openContainerEngine({ runDir: place.runDir, instance: place.instance, ...more });

let made = 0;

/** A specification with a fresh id and interface name. */
export const makeSpec = (place: Place, image: ImageFiles, limits: Partial<MachineSpec> = {}): MachineSpec => ({
  id: randomBytes(16).toString('hex'),
  image,
  hostInterface: `lt${place.instance}-${made++}`,
  memoryMb: 64,
  pids: 32,
  ...limits,
});

/**
 * Names of everything outside of the test that belongs to a place: interfaces, control groups, processes, files. Empty
 * when all is gone.
 */
export function leftBehind(place: Place): string[] {
  const links = execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' });
  const groups = hierarchies().flatMap(({ mountPoint }) =>
    readdirSync(mountPoint)
      .filter((name) => name.startsWith(`lethe-${place.instance}-`))
      .map((name) => `control group ${mountPoint}/${name}`),
  );
  const files = existsSync(place.runDir) ? readdirSync(place.runDir, { recursive: true }).map(String) : [];
  return [
    ...[...links.matchAll(new RegExp(`lt${place.instance}-\\d+`, 'g'))].map(([name]) => `interface ${name}`),
    ...groups,
    ...processesOf(place).map((pid) => `process ${pid}`),
    ...files.filter((name) => name !== 'runc').map((name) => `file ${name}`),
  ];
}

/** Processes that name the place in their arguments: runc and what it has not yet turned into a container. */
function processesOf(place: Place): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(place.base);
    } catch {
      return false;
    }
  });
}

/** Ends all machines of a place and removes it. */
export async function clearPlace(place: Place): Promise<void> {
  const engine = await openEngine(place);
  for (const { id } of await engine.list()) await engine.destroy(id);
  await engine.close();
  rmSync(place.base, { recursive: true, force: true });
}

/** The host's id of a machine's first process. */
export function pidOf(place: Place, id: string): number {
  return JSON.parse(readFileSync(join(place.runDir, id, 'machine.json'), 'utf8')).process.pid;
}
