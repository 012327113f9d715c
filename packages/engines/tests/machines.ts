/** What the microvm suites share: an engine on a run directory of its own, an image with a stand-in agent, broken copies of it, and a look for anything left behind. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ImageFiles, MachineSpec } from '@lethe/core';
import { buildImage } from '@lethe/image';
import { makeDisk } from '../../image/src/disk.ts';
import { type MicrovmEngine, openMicrovmEngine } from '../src/microvm/index.ts';
import { processesNamed } from '../src/microvm/processes.ts';
import { processName } from '../src/microvm/qemu.ts';

export const needsRoot = { skip: process.geteuid?.() === 0 ? false : 'needs root', timeout: 300_000 };

export interface Place {
  base: string;
  runDir: string;
  instance: string;
}

export function makePlace(): Place {
  const base = mkdtempSync(join(tmpdir(), 'lethe-vm-'));
  return { base, runDir: join(base, 'run'), instance: randomBytes(3).toString('hex') };
}

/** The image with the stand-in agent, from the machine's cache. */
export const standInImage = (): Promise<ImageFiles> =>
  buildImage({ agent: fileURLToPath(new URL('microvm-agent.ts', import.meta.url)) });

/** A copy of the image with another root, sealed again: what a builder with that mistake would have made. */
export async function changedImage(
  image: ImageFiles,
  base: string,
  change: (root: string) => void,
): Promise<ImageFiles> {
  const dir = mkdtempSync(join(base, 'changed-'));
  const [rootDir, rootImage, verityImage] = [join(dir, 'root'), join(dir, 'root.erofs'), join(dir, 'root.verity')];
  cpSync(image.rootDir, rootDir, { recursive: true, verbatimSymlinks: true });
  change(rootDir);
  const digest = randomBytes(32).toString('hex');
  const disk = await makeDisk(rootDir, rootImage, verityImage, digest, {});
  return { ...image, ...disk, digest, rootDir, rootImage, verityImage };
}

/** Opens the engine under emulation, which every machine has. */
export const openEngine = (place: Place, image: ImageFiles): Promise<MicrovmEngine> => {
  mkdirSync(place.runDir, { recursive: true });
  return openMicrovmEngine({ runDir: place.runDir, instance: place.instance, image, accelerator: 'tcg' });
};

let made = 0;

export const makeSpec = (place: Place, image: ImageFiles): MachineSpec => ({
  id: randomBytes(16).toString('hex'),
  image,
  hostInterface: `lt${place.instance}-${made++}`,
  memoryMb: 192,
  pids: 100,
});

/** Names of everything outside of the test that belongs to a place. Empty when all is gone. */
export function leftBehind(place: Place, specs: readonly MachineSpec[]): string[] {
  const links = execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' });
  return [
    ...[...links.matchAll(new RegExp(`lt${place.instance}-\\d+`, 'g'))].map(([name]) => `interface ${name}`),
    ...specs.flatMap(({ id }) => processesNamed(processName(place.instance, id)).map(({ pid }) => `process ${pid}`)),
    ...memoryFiles(place).map((name) => `memory ${name}`),
    ...(existsSync(place.runDir) ? readdirSync(place.runDir) : []).map((name) => `file ${name}`),
  ];
}

/** Where a place's machines have their memory. */
export const memoryDir = (place: Place): string => `/dev/shm/lethe-${place.instance}`;

const memoryFiles = (place: Place): string[] =>
  existsSync(memoryDir(place)) ? ['', ...readdirSync(memoryDir(place))] : [];

/** Ends all machines of a place and removes it. */
export async function clearPlace(place: Place, image: ImageFiles): Promise<void> {
  const engine = await openEngine(place, image);
  for (const { id } of await engine.list()) await engine.destroy(id);
  rmSync(place.base, { recursive: true, force: true });
}

export const recordOf = (place: Place, id: string): { process: { pid: number; startTime: string } | null } =>
  JSON.parse(readFileSync(join(place.runDir, id, 'machine.json'), 'utf8'));

/** The next line a machine's agent says, or null if the machine ends without one. The agent speaks only when asked, but for its first line. */
export function firstLine(channel: Duplex): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (line: string | null): void => {
      channel.off('data', take);
      channel.off('close', end);
      resolve(line);
    };
    const end = (): void => settle(null);
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (text.includes('\n')) settle(text.slice(0, text.indexOf('\n')));
    };
    channel.on('data', take);
    channel.on('close', end);
  });
}

/** Runs a shell command through the stand-in agent. */
export async function inside(channel: Duplex, command: string): Promise<{ status: number; output: string }> {
  const answer = firstLine(channel);
  channel.write(`${Buffer.from(command).toString('hex')}\n`);
  const [status, hex = ''] = ((await answer) ?? '').split(' ');
  return { status: Number(status), output: Buffer.from(hex, 'hex').toString('utf8') };
}
