/** Whether the kernel's settings are still what they were set to at birth, and whether memory could go to a disk. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { UndeclaredKind } from '@lethe/core/inventory';
import { FORWARDING, LOCK, SYSCTLS, type Sysctl } from '../sysctl.ts';
import { judging } from './kernel-file.ts';

/** The settings of this server; those of the whole machine only where the kernel is its own. */
function declaredSettings(ownKernel: boolean): Sysctl[] {
  const network = SYSCTLS.filter(({ scope }) => ownKernel || scope === 'network');
  const forwarding = FORWARDING.map((path): Sysctl => ({ path, value: '1', scope: 'network' }));
  return [...network, ...forwarding, ...(ownKernel ? [LOCK] : [])];
}

/** Throws if a setting that must exist cannot be read. */
export const searchSettings = (ownKernel: boolean): UndeclaredKind[] =>
  differences[ownKernel ? 'machine' : 'network'].some((differs) => differs()) ? ['setting_changed'] : [];

/** The directories in which they lie, as far as this kernel has them. */
export const settingDirectories = (ownKernel: boolean): string[] =>
  [...new Set(declaredSettings(ownKernel).map(({ path }) => dirname(`/proc/sys/${path}`)))].filter((directory) =>
    existsSync(directory),
  );

const differences = {
  machine: declaredSettings(true).map(difference),
  network: declaredSettings(false).map(difference),
};

/** Whether a setting is another one than declared. */
function difference({ path, value, optional }: Sysctl): () => boolean {
  const file = `/proc/sys/${path}`;
  const differs = judging(file, (text) => text.trim() !== value);
  return () => (optional !== true || existsSync(file)) && differs();
}

/** A kernel without swap has no such file, or one with nothing but its head. */
export const searchSwap = (): UndeclaredKind[] =>
  existsSync('/proc/swaps') && readFileSync('/proc/swaps', 'utf8').trim().split('\n').length > 1 ? ['swap_in_use'] : [];
