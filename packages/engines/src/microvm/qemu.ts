/**
 * The command line of a server's virtual machine, as data.
 *
 * Threats: a guest that breaks into QEMU finds a process with no privileges, a user id that no other machine has, and a seccomp
 * filter against starting programs. Guest memory never goes into a core file, is not merged with that of other guests, and is locked
 * where the host has swap. No serial line, no console, no monitor but QMP: nothing a guest prints is kept anywhere.
 */

import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { ImageFiles, MachineSpec } from '@lethe/core';

export type Accelerator = 'kvm' | 'tcg';

export interface HostFacts {
  /** Major and minor version of QEMU. */
  version: readonly [number, number];
  /** True if the host can write memory to a disk. */
  swap: boolean;
}

export interface MachineFiles {
  agent: string;
  qmp: string;
  /** What the guest's memory is, see memory.ts. */
  memory: string;
}

/** Megabytes of translated code under emulation; the default would be a quarter of the host's share per guest. */
const TRANSLATION_MB = 48;

/** Under emulation every wide vector instruction costs more than the narrow ones it replaces: what Node and the ciphers need, no more. */
const EMULATED_CPU = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand,+aes,+pclmulqdq';

/** Locally administered. The same for all: each is alone on its link, and copies of one machine cannot differ. */
const MAC_ADDRESS = '02:00:00:00:00:01';

/** First of the user ids for machines: far above what a distribution or a container runtime hands out. */
const FIRST_UID = 0x4000_0000;

/** Name by which a machine's process can be found again, whatever became of its record. */
export const processName = (instance: string, id: string): string => `lethe-${instance}-${id}`;

/** Arguments of QEMU for one machine. */
export function machineArguments(
  spec: MachineSpec,
  accelerator: Accelerator,
  name: string,
  files: MachineFiles,
  facts: HostFacts,
): string[] {
  const uid = FIRST_UID + (hash(spec.id).readUInt32BE(0) >>> 4);
  const { image, hostInterface } = spec;
  return [
    bareMachine(accelerator, spec.memoryMb, image, ',memory-backend=ram'),
    ['-object', memoryFile(files.memory, spec.memoryMb)],
    ['-name', `guest=${name}`],
    ['-append', kernelCommand(image, accelerator)],
    ['-serial', 'none'],
    disk('root', image.rootImage),
    disk('verity', image.verityImage),
    ['-netdev', `tap,id=net,ifname=${hostInterface},script=no,downscript=no,vhost=off`],
    ['-device', `virtio-net-pci,netdev=net,mac=${MAC_ADDRESS},romfile=`],
    ['-device', 'virtio-serial-pci'],
    ['-chardev', `socket,id=agent,path=${quoted(files.agent)},server=on,wait=off`],
    ['-device', 'virtserialport,chardev=agent,name=agent'],
    ['-object', 'rng-random,id=rng,filename=/dev/urandom'],
    ['-device', 'virtio-rng-pci,rng=rng'],
    ['-chardev', `socket,id=qmp,path=${quoted(files.qmp)},server=on,wait=off`],
    ['-mon', 'chardev=qmp,mode=control'],
    confinement(uid, dirname(files.qmp), facts),
  ].flat();
}

/** Arguments for the shortest boot that shows a working accelerator: to the initramfs, which says a word on the serial line and ends. */
export function probeArguments(
  image: ImageFiles,
  accelerator: Accelerator,
  name: string,
  prison: string,
  facts: HostFacts,
): string[] {
  return [
    bareMachine(accelerator, 128, image),
    ['-name', `guest=${name}`],
    ['-append', 'quiet panic=-1 lethe.probe'],
    ['-serial', 'stdio'],
    confinement(FIRST_UID, prison, facts),
  ].flat();
}

function bareMachine(accelerator: Accelerator, memoryMb: number, image: ImageFiles, more = ''): string[] {
  return [
    ['-machine', `q35,dump-guest-core=off,mem-merge=off,sata=off,smbus=off,vmport=off${more}`],
    ['-nodefaults', '-no-user-config', '-no-reboot'],
    ['-display', 'none'],
    ['-smp', '1'],
    ['-m', `${memoryMb}M`],
    accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host']
      : ['-accel', `tcg,thread=multi,tb-size=${TRANSLATION_MB}`, '-cpu', EMULATED_CPU],
    ['-kernel', image.kernel],
    ['-initrd', image.initrd],
  ].flat();
}

function kernelCommand(image: ImageFiles, accelerator: Accelerator): string {
  const words = ['quiet', 'loglevel=0', 'panic=-1', 'init_on_free=1', 'slab_nomerge', 'lethe.engine=microvm'];
  // Emulated time never drifts against itself: no need to measure it for half a second.
  if (accelerator === 'tcg') words.push('tsc=reliable', 'no_timer_check');
  return [...words, `lethe.verity=${image.verityRoot}:${image.veritySalt}:${image.verityBlocks}`].join(' ');
}

const disk = (id: string, file: string): string[] => [
  '-blockdev',
  `driver=file,node-name=${id},filename=${quoted(file)},read-only=on`,
  '-device',
  `virtio-blk-pci,drive=${id}`,
];

/** The file is opened before QEMU gives up root. Shared, so that what the guest writes is in the file and nowhere else. */
const memoryFile = (path: string, memoryMb: number): string =>
  `memory-backend-file,id=ram,size=${memoryMb}M,mem-path=${quoted(path)},share=on,prealloc=off,merge=off,dump=off`;

/** A path as a value in QEMU's lists, where a comma is written twice. */
const quoted = (path: string): string => path.replaceAll(',', ',,');

/**
 * QEMU gives up root by itself once it has the tap, /dev/kvm and its files, and sees no file of the host from then on; `startQemu`
 * sees to it that it cannot get privileges back. `prison` is a directory that root alone may look into.
 */
function confinement(uid: number, prison: string, { version, swap }: HostFacts): string[] {
  const user = `${uid}:${uid}`;
  return [
    ['-sandbox', 'on,obsolete=deny,spawn=deny,resourcecontrol=deny'],
    swap ? ['-overcommit', 'mem-lock=on'] : [],
    since(version, 8, 1) ? ['-run-with', `chroot=${quoted(prison)}`] : ['-chroot', prison],
    since(version, 9, 1) ? ['-run-with', `user=${user}`] : ['-runas', user],
  ].flat();
}

const since = ([major, minor]: readonly [number, number], wantMajor: number, wantMinor: number): boolean =>
  major > wantMajor || (major === wantMajor && minor >= wantMinor);

const hash = (id: string): Buffer => createHash('sha256').update(id).digest();
