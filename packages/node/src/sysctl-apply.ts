/** Writes kernel settings and reads them back. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { FORWARDING, LOCK, SYSCTLS, type Sysctl } from './sysctl.ts';

const ROOT = '/proc/sys/';
const read = (path: string): string => readFileSync(ROOT + path, 'utf8').trim();

function apply(sysctl: Sysctl): void {
  if (sysctl.optional && !existsSync(ROOT + sysctl.path)) return;
  if (read(sysctl.path) === sysctl.value) return;
  writeFileSync(ROOT + sysctl.path, sysctl.value);
  if (read(sysctl.path) !== sysctl.value) throw new Error('A kernel setting did not take effect.');
}

/** Applies every setting of this server's network and, where the kernel is its own, of the machine. Throws if one does not hold. */
export function applySysctls(ownKernel: boolean): void {
  for (const sysctl of SYSCTLS) if (sysctl.scope === 'network' || ownKernel) apply(sysctl);
}

/** Closes the kernel to modules. Throws if that does not hold. */
export const lockKernel = (): void => apply(LOCK);

/** Turns packet forwarding on or off in both families. Throws if it does not hold. */
export function setForwarding(on: boolean): void {
  for (const path of FORWARDING) apply({ path, value: on ? '1' : '0', scope: 'network' });
}
