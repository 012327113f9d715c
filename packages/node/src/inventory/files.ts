/** Places that can be written, and files in them that no part of a server has made. */

import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { UndeclaredKind } from '@lethe/core/inventory';
import { CONTROL_SOCKET, FILTER_PID } from '../filter-start.ts';
import { PLACES } from '../places.ts';
import { judging } from './kernel-file.ts';

/** All of them lie in memory. Nothing else of a server can be written. */
const WRITABLE = ['/run', '/tmp', '/dev'];

const DECLARED: readonly string[] = [
  PLACES.pin,
  PLACES.resolverConfig,
  PLACES.resolverPid,
  PLACES.settings,
  PLACES.forgottenAt,
  PLACES.filterChoices,
  PLACES.filterTable,
  // While a new one arrives, in parts.
  `${PLACES.filterTable}.new`,
  PLACES.wireguardSocket,
  FILTER_PID,
  CONTROL_SOCKET,
];

/** File systems that store nothing: the kernel's own views, and terminals. */
const VIEWS = ['proc', 'sysfs', 'cgroup', 'cgroup2', 'devpts', 'mqueue'];

export interface Mount {
  point: string;
  type: string;
  writable: boolean;
}

/** From the text of /proc/self/mountinfo (proc_pid_mountinfo(5)). Writable is what both mount and file system let be written. */
export function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [left = '', right = ''] = line.split(' - ');
      const [, , , , point = '', options = ''] = left.split(' ');
      const [type = '', , superOptions = ''] = right.split(' ');
      const both = [options, superOptions].every((list) => list.split(',').includes('rw'));
      return { point: point.replaceAll('\\040', ' '), type, writable: both };
    });
}

export function searchFiles(): UndeclaredKind[] {
  const { own, foreign } = writableNow();
  return [
    ...(own.some(hasUndeclaredFile) ? (['file'] as const) : []),
    ...(foreign.length > 0 ? (['writable_mount'] as const) : []),
  ];
}

/** Where something can be stored: the places of a server, and others. */
const writableNow = judging('/proc/self/mountinfo', writable);

function writable(text: string): { own: string[]; foreign: string[] } {
  const points = visible(parseMounts(text))
    .filter(({ type, writable }) => writable && !VIEWS.includes(type))
    .map(({ point }) => point);
  const isOwn = (point: string): boolean => WRITABLE.includes(point);
  return { own: points.filter(isOwn), foreign: points.filter((point) => !isOwn(point) && !isDevice(point)) };
}

/** Those that can be reached: of several at one point the last counts, and one below a point that another hides has no file. */
const visible = (mounts: readonly Mount[]): Mount[] =>
  mounts.filter(
    ({ point }, index) =>
      mounts.findLastIndex((other) => other.point === point) === index &&
      lstatSync(point, { throwIfNoEntry: false }) !== undefined,
  );

/** Engines mount single device nodes, and /dev/null over parts of /proc. */
const isDevice = (point: string): boolean => lstatSync(point).isCharacterDevice();

/** More than a kernel or an agent makes in one place: names can hold something too, and looking at all of them takes its time. */
const MOST_DIRECTORIES = 100;

/** True if a mount holds a file that is not declared. In /dev, device nodes and links to them are what it is for. */
function hasUndeclaredFile(point: string): boolean {
  const all = inMount(point);
  const files = all.filter(({ entry }) => !entry.isDirectory());
  return (
    all.length - files.length > MOST_DIRECTORIES ||
    files.some(({ path, entry }) =>
      point === '/dev' ? entry.isFile() || entry.isFIFO() || entry.isSocket() : !DECLARED.includes(path),
    )
  );
}

/** Every directory of the places of a server in which a file could appear. */
export const writableDirectories = (): string[] =>
  writableNow().own.flatMap((point) => [
    point,
    ...inMount(point).flatMap(({ path, entry }) => (entry.isDirectory() ? [path] : [])),
  ]);

/** Everything that a mount holds, without what is mounted in it. */
function inMount(point: string): { path: string; entry: Dirent }[] {
  const { dev } = lstatSync(point);
  const isHere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.dev === dev;
  const list = (directory: string): { path: string; entry: Dirent }[] =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      if (!isHere(path)) return [];
      return [{ path, entry }, ...(entry.isDirectory() ? list(path) : [])];
    });
  return list(point);
}
