/** Puts the parts together: the tree of the root file system, and the small archive that finds and verifies it at boot. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import * as contents from './contents.ts';
import { type CpioEntry, cpio } from './cpio.ts';
import { trimElf } from './elf.ts';
import { libraryClosure } from './libraries.ts';
import { type KernelModule, KernelModules, moduleOrder } from './modules.ts';
import type { Sources } from './sources.ts';
import { Tree } from './tree.ts';
import { merged, type Unpacked } from './unpacked.ts';

export interface Assembled {
  tree: Tree;
  kernel: Buffer;
  initrd: Buffer;
}

/** Everything an image consists of, in memory. `work` is a directory for temporary files. */
export async function assemble(packages: Unpacked, sources: Sources, work: string): Promise<Assembled> {
  const modules = await KernelModules.read(packages, join(work, 'modules'));
  const boot = await modules.closure(contents.BOOT_MODULES);
  const tree = new Tree();
  placeLayout(tree);
  await placePrograms(tree, packages, sources.node);
  await placeModules(tree, modules, boot);
  placeSources(tree, sources);
  return { tree, kernel: await kernelOf(packages), initrd: await initramfs(packages, sources, boot) };
}

function placeLayout(tree: Tree): void {
  for (const path of contents.DIRECTORIES) tree.dir(path);
  for (const [path, target] of Object.entries(contents.LINKS)) tree.link(path, target);
  for (const [path, text] of Object.entries(contents.TEXTS)) tree.file(path, text);
  for (const applet of contents.APPLETS) tree.link(`/usr/bin/${applet}`, 'busybox');
}

async function placePrograms(tree: Tree, packages: Unpacked, node: string): Promise<void> {
  const programs = contents.PROGRAMS.map((path) => packages.get(path));
  for (const [index, path] of contents.PROGRAMS.entries()) await tree.copy(path, programs[index]!, true);
  for (const path of contents.FILES) await tree.copy(path, packages.get(path));
  tree.file('/usr/bin/node', trimElf(await readFile(node)), true);
  for (const [path, file] of await libraryClosure([...programs, node], packages))
    await tree.copy(path, file, path.includes('/ld-linux'));
}

async function placeModules(tree: Tree, modules: KernelModules, boot: KernelModule[]): Promise<void> {
  const firewall = await modules.closure(contents.FIREWALL_MODULES, [], boot);
  const service = await modules.closure(contents.SERVICE_MODULES, contents.OPTIONAL_MODULES, [...boot, ...firewall]);
  for (const { file, content } of [...firewall, ...service]) tree.file(`/usr/lib/modules/${file}`, content);
  tree.file('/usr/lib/modules/firewall.order', moduleOrder(firewall));
  tree.file('/usr/lib/modules/service.order', moduleOrder(service));
}

/** Configuration, init and our own programs last, and the list of files without which init refuses to go on. */
function placeSources(tree: Tree, sources: Sources): void {
  for (const [path, { content, executable }] of sources.overlay) tree.file(merged(path), content, executable);
  for (const [path, content] of sources.programs) tree.file(path, content);
  const files = tree.entries.filter(
    ([path, entry]) => entry.type === 'file' && entry.content.length > 0 && !path.startsWith('/usr/lib/modules/'),
  );
  tree.file('/etc/lethe/required', files.map(([path]) => `${path}\n`).join(''));
}

async function kernelOf(packages: Unpacked): Promise<Buffer> {
  const [path] = packages.matching(/^\/boot\/vmlinuz-/);
  if (!path) throw new LetheError('image_broken', 'No package of the image has a kernel.');
  return readFile(packages.get(path));
}

/** The list of modules is the archive's last entry: if a cut-off archive was unpacked, init finds none and ends the machine. */
async function initramfs(packages: Unpacked, sources: Sources, boot: KernelModule[]): Promise<Buffer> {
  const dmsetup = packages.get('/usr/sbin/dmsetup');
  const tree = new Tree();
  for (const path of ['/dev', '/proc', '/root', '/sys']) tree.dir(path);
  await tree.copy('/bin/busybox', packages.get('/usr/bin/busybox'), true);
  for (const applet of ['cat', 'insmod', 'mount', 'poweroff', 'sh', 'sleep', 'switch_root'])
    tree.link(`/bin/${applet}`, 'busybox');
  await tree.copy('/bin/dmsetup', dmsetup, true);
  for (const [path, file] of await libraryClosure([dmsetup], packages))
    await tree.copy(path.replace('/usr', ''), file, true);
  tree.file('/init', sources.initramfsInit, true);
  for (const { file, content } of boot) tree.file(`/modules/${file}`, content);
  tree.file('/order', moduleOrder(boot));
  const entries = tree.entries
    .filter(([path]) => path !== '/order')
    .concat(tree.entries.filter(([path]) => path === '/order'));
  return cpio(entries.map(([path, entry]) => cpioEntry(path.slice(1), entry)));
}

function cpioEntry(path: string, entry: Tree['entries'][number][1]): CpioEntry {
  if (entry.type === 'dir') return { path, mode: 0o40755, data: new Uint8Array(0) };
  if (entry.type === 'link') return { path, mode: 0o120777, data: Buffer.from(entry.target) };
  return { path, mode: entry.executable ? 0o100755 : 0o100644, data: entry.content };
}
