/** What virtual machines need from the host, looked up once when the engine is opened. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { LetheError } from '@lethe/core';
import { findTool, searchPath } from '../process/command.ts';

export interface HostTools {
  /** Search path for QEMU's own environment. */
  path: string;
  /** Absolute paths. */
  setpriv: string;
  prlimit: string;
  cp: string;
  qemu: string;
  /** Major and minor version of QEMU. */
  version: readonly [number, number];
}

/** Throws `not_root` or `missing_tool`. */
export async function findHostTools(path?: string): Promise<HostTools> {
  if (process.geteuid?.() !== 0) {
    throw new LetheError('not_root', 'Virtual machines need root for their network interface. Start Lethe as root.');
  }
  const search = searchPath(path);
  const qemu = findTool('qemu-system-x86_64', 'qemu-system-x86', search);
  const { stdout } = await promisify(execFile)(qemu, ['-version']);
  const match = /version (\d+)\.(\d+)/.exec(stdout);
  return {
    path: search,
    setpriv: findTool('setpriv', 'util-linux', search),
    prlimit: findTool('prlimit', 'util-linux', search),
    cp: findTool('cp', 'coreutils', search),
    qemu,
    version: [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)],
  };
}

/** True if this host can write memory to a disk: the list of swap devices has more than its heading. */
export const hostHasSwap = (list = readFileSync('/proc/swaps', 'utf8')): boolean => list.trim().split('\n').length > 1;

/** True if the caller's network namespace has an interface of this name. /proc/net shows the reader's namespace, whatever /sys shows. */
export const interfaceExists = (name: string): boolean =>
  readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .some((line) => line.trim().startsWith(`${name}:`));
