/**
 * Whether a virtual machine was started from its image and with nothing else, by the arguments that its process still has: kernel, the hash
 * that the guest's root must have, and no option that is not the engine's, such as a debugger's, or a second monitor. What was given to the
 * monitor later, by root of this host, does not show.
 */

import { readFileSync } from 'node:fs';
import type { ImageFiles } from '@lethe/core';

/** Options of `machineArguments`, and those with which a copy is started. */
const OPTIONS = [
  '-machine',
  '-nodefaults',
  '-no-user-config',
  '-no-reboot',
  '-display',
  '-smp',
  '-m',
  '-accel',
  '-cpu',
  '-kernel',
  '-initrd',
  '-object',
  '-name',
  '-append',
  '-serial',
  '-blockdev',
  '-device',
  '-netdev',
  '-chardev',
  '-mon',
  '-sandbox',
  '-overcommit',
  '-run-with',
  '-chroot',
  '-runas',
  '-incoming',
  '-S',
];
const OBJECTS = ['memory-backend-file', 'rng-random'];

/** The arguments of a process; empty if it has ended. */
export const argumentsOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);

/** True if these are arguments of a machine of this image. */
export function isImageMachine(args: readonly string[], image: ImageFiles): boolean {
  const values = (option: string): string[] => args.flatMap((arg, at) => (args[at - 1] === option ? [arg] : []));
  const verity = `lethe.verity=${image.verityRoot}:${image.veritySalt}:${image.verityBlocks}`;
  const only = (option: string): string | undefined => (values(option).length === 1 ? values(option)[0] : undefined);
  return (
    only('-kernel') === image.kernel &&
    only('-initrd') === image.initrd &&
    only('-append')?.split(' ').includes(verity) === true &&
    values('-object').every((value) => OBJECTS.includes(value.split(',')[0]!)) &&
    values('-mon').length === 1 &&
    values('-netdev').every((value) => value.startsWith('tap,')) &&
    args.slice(1).every((arg) => !arg.startsWith('-') || OPTIONS.includes(arg))
  );
}
