/**
 * What the engine keeps about a machine, in its directory on tmpfs.
 *
 * Order: the directory and a record without a process stand before QEMU is started; the process is added once it runs. A record
 * without one, or a directory without a record, is what an interrupted creation left: to be removed, and QEMU with it if it runs.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../process/process-identity.ts';

export interface MachineFile {
  id: string;
  hostInterface: string;
  imageDigest: string;
  process: ProcessIdentity | null;
  /** True for the machine that a template is made of: no server's, and listed nowhere. */
  template?: true;
}

export interface MachinePaths {
  directory: string;
  record: string;
  agent: string;
  qmp: string;
  /** Where a template's machine hands over its state. */
  state: string;
}

const ID = /^[0-9a-f]{32}$/;

export const isMachineId = (id: string): boolean => ID.test(id);

/** Paths of one machine. Short names: the path of a unix socket has at most 107 bytes. */
export function machinePaths(runDir: string, id: string): MachinePaths {
  const directory = join(runDir, id);
  return {
    directory,
    record: join(directory, 'machine.json'),
    agent: join(directory, 'agent'),
    qmp: join(directory, 'qmp'),
    state: join(directory, 'state'),
  };
}

/** Makes a machine's directory with its first record. Throws Node's EEXIST if there is one. */
export function makeMachineDirectory(paths: MachinePaths, machine: MachineFile): void {
  mkdirSync(paths.directory, { mode: 0o700 });
  writeRecord(paths, machine);
}

/** Replaces the record whole: a reader sees the old or the new one. */
export function writeRecord(paths: MachinePaths, machine: MachineFile): void {
  writeFileSync(`${paths.record}.new`, JSON.stringify(machine), { mode: 0o600 });
  renameSync(`${paths.record}.new`, paths.record);
}

/** The record of a machine, or null if it has none or a damaged one. */
export function readRecord(paths: MachinePaths): MachineFile | null {
  try {
    const machine: MachineFile = JSON.parse(readFileSync(paths.record, 'utf8'));
    return typeof machine.id === 'string' && typeof machine.hostInterface === 'string' ? machine : null;
  } catch {
    return null;
  }
}

/** Ids of all machines that have a directory, finished or not. */
export function machineIds(runDir: string): string[] {
  try {
    return readdirSync(runDir).filter(isMachineId).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export const removeMachineDirectory = (paths: MachinePaths): void =>
  rmSync(paths.directory, { recursive: true, force: true });
