/**
 * What the engine keeps about a machine, in its directory on tmpfs: enough to find it again and to remove it, whatever
 * was interrupted.
 *
 * Order: the directory with a record without `process` stands before anything else of the machine is made; `process` is
 * added after the container has started. So a record without it means remains of an interrupted creation, which nobody
 * was told about and which only wait to be removed.
 */

import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../process/process-identity.ts';

export interface MachineFile {
  id: string;
  hostInterface: string;
  imageDigest: string;
  /** First host uid of the machine's range. */
  uidBase: number;
  /**
   * Path of its control group below each hierarchy. The kernel's log names it, with a time, when a process in it takes too much memory:
   * so it is random and tells nobody which server that was.
   */
  cgroup: string;
  /** The container's first process; null until it has started. */
  process: ProcessIdentity | null;
}

/** Paths of one machine. */
export interface MachinePaths {
  directory: string;
  record: string;
  /** The OCI bundle's configuration; its name is fixed by the standard. */
  config: string;
  pidFile: string;
  runcLog: string;
  channelDir: string;
  socket: string;
  /** The machine's own TUN node, where it needs one. */
  tun: string;
}

const ID = /^[0-9a-f]{32}$/;

export const isMachineId = (id: string): boolean => ID.test(id);

export function machinePaths(runDir: string, id: string): MachinePaths {
  const directory = join(runDir, id);
  const channelDir = join(directory, 'channel');
  return {
    directory,
    record: join(directory, 'machine.json'),
    config: join(directory, 'config.json'),
    pidFile: join(directory, 'pid'),
    runcLog: join(directory, 'runc.log'),
    channelDir,
    socket: join(channelDir, 'agent.sock'),
    tun: join(directory, 'tun'),
  };
}

/**
 * Makes a machine's directories and its first record. The channel's directory may be read by the container's root and
 * by nobody else.
 */
export function makeMachineFiles(paths: MachinePaths, machine: MachineFile): void {
  mkdirSync(paths.directory, { mode: 0o700 });
  writeRecord(paths, machine);
  mkdirSync(paths.channelDir, { mode: 0o700 });
  chownSync(paths.channelDir, 0, machine.uidBase);
  chmodSync(paths.channelDir, 0o750);
}

/** Replaces the record whole: a reader sees the old or the new one. */
export function writeRecord(paths: MachinePaths, machine: MachineFile): void {
  writeFileSync(`${paths.record}.new`, JSON.stringify(machine), { mode: 0o600 });
  renameSync(`${paths.record}.new`, paths.record);
}

/** The record of a machine, or null if it was interrupted before it had one, or is damaged. */
export function readRecord(paths: MachinePaths): MachineFile | null {
  try {
    const machine: MachineFile = JSON.parse(readFileSync(paths.record, 'utf8'));
    return typeof machine.id === 'string' && typeof machine.hostInterface === 'string' ? machine : null;
  } catch {
    return null;
  }
}

/** A machine's control group, from its record or else from the container's configuration; null if it never had one. */
export function cgroupOf(paths: MachinePaths): string | null {
  const recorded = readRecord(paths)?.cgroup;
  if (typeof recorded === 'string') return recorded;
  try {
    const config = JSON.parse(readFileSync(paths.config, 'utf8')) as { linux?: { cgroupsPath?: unknown } };
    const path = config.linux?.cgroupsPath;
    return typeof path === 'string' && path.startsWith('/lethe-') ? path : null;
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

export const removeMachineFiles = (paths: MachinePaths): void =>
  rmSync(paths.directory, { recursive: true, force: true });
