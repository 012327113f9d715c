/** Whether the kernel's settings are still what they were set to at birth, and whether memory could go to a disk. */

import { existsSync, readFileSync } from 'node:fs';
import type { UndeclaredKind } from '@lethe/core/inventory';
import { FORWARDING, LOCK, SYSCTLS, type Sysctl } from '../sysctl.ts';

/** The settings of this server; those of the whole machine only where the kernel is its own. */
function declaredSettings(ownKernel: boolean): Sysctl[] {
  const network = SYSCTLS.filter(({ scope }) => ownKernel || scope === 'network');
  const forwarding = FORWARDING.map((path): Sysctl => ({ path, value: '1', scope: 'network' }));
  return [...network, ...forwarding, ...(ownKernel ? [LOCK] : [])];
}

/** Throws if a setting that must exist cannot be read. */
export function searchSettings(ownKernel: boolean): UndeclaredKind[] {
  const changed = declaredSettings(ownKernel).some(({ path, value, optional }) => {
    if (optional && !existsSync(`/proc/sys/${path}`)) return false;
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim() !== value;
  });
  return changed ? ['setting_changed'] : [];
}

/** A kernel without swap has no such file, or one with nothing but its head. */
export const searchSwap = (): UndeclaredKind[] =>
  existsSync('/proc/swaps') && readFileSync('/proc/swaps', 'utf8').trim().split('\n').length > 1 ? ['swap_in_use'] : [];
