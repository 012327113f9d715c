/** What of a service exists on this machine right now: looked up by the marks it puts on everything it makes. */

import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import type { TestInternet } from '@lethe/testkit';

export interface Marks {
  /** Six hexadecimal digits of the service. */
  instance: string;
  dataDir: string;
}

/** One line for each interface, table, listening port, process, cgroup, mount or file in the run directory. Empty when nothing is left. */
export async function leftovers(net: TestInternet, marks: Marks): Promise<string[]> {
  const [links, tables, sockets] = await Promise.all([
    hostInterfaces(net),
    net.exec('host', 'nft', ['list', 'tables']),
    net.exec('host', 'ss', ['-Hlntu']),
  ]);
  return [
    ...links.map((name) => `interface ${name}`),
    ...lines(tables.stdout),
    ...lines(sockets.stdout).map((line) => `open port ${line.trim().split(/\s+/)[4]}`),
    ...processes(marks),
    ...cgroups(marks.instance),
    ...mounts(marks),
    ...files(`/run/lethe/${marks.instance}`),
  ];
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

/** Names of the interfaces in the host namespace that the test internet did not make. */
export async function hostInterfaces(net: TestInternet): Promise<string[]> {
  const { stdout } = await net.exec('host', 'ip', ['-j', 'link']);
  return (JSON.parse(stdout) as { ifname: string }[])
    .map((link) => link.ifname)
    .filter((name) => name !== 'lo' && name !== 'eth0');
}

/** Addresses of the host's ends of links to servers, and of the servers' ends, by interface. */
export async function linkAddressesNow(net: TestInternet): Promise<Map<string, string[]>> {
  const { stdout } = await net.exec('host', 'ip', ['-j', 'address']);
  const all = JSON.parse(stdout) as { ifname: string; addr_info: { local: string; scope: string }[] }[];
  return new Map(
    all
      .filter((link) => link.ifname !== 'lo' && link.ifname !== 'eth0')
      .map((link) => {
        const own = link.addr_info.filter((info) => info.scope !== 'link').map((info) => info.local);
        return [link.ifname, own.flatMap((address) => [address, nextAddress(address)])] as const;
      }),
  );
}

/** The server's end of a link is the host's plus one. */
const nextAddress = (address: string): string =>
  address.replace(/([0-9a-f]+)$/, (last) =>
    address.includes(':') ? (Number.parseInt(last, 16) + 1).toString(16) : `${Number(last) + 1}`,
  );

/** Processes that carry a mark in their command line or are in one of the service's cgroups. */
export function processes(marks: Marks): string[] {
  const signs = [marks.dataDir, `/run/lethe/${marks.instance}`, `lethe-${marks.instance}`];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => !/\) [ZX] /.test(read(`/proc/${pid}/stat`))) // has ended; process 1 has not taken note of it yet
    .flatMap((pid) => {
      const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
      const where = `${command}\n${read(`/proc/${pid}/cgroup`)}`;
      return signs.some((sign) => where.includes(sign)) ? [`process ${pid} ${command.slice(0, 60)}`] : [];
    });
}

const cgroups = (instance: string): string[] =>
  globSync([`/sys/fs/cgroup/**/*lethe-${instance}*`, `/sys/fs/cgroup/*lethe-${instance}*`]).map(
    (path) => `cgroup ${path}`,
  );

/** What a run directory holds besides directories and the answer to whether KVM works here, which is kept until the next boot. */
const files = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory() && entry.name !== 'accelerator.json')
        .map((entry) => `file ${entry.parentPath}/${entry.name}`)
    : [];

const mounts = (marks: Marks): string[] =>
  lines(read('/proc/self/mounts'))
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`/run/lethe/${marks.instance}`) || path.startsWith(marks.dataDir))
    .map((path) => `mount ${path}`);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has ended, or it is a kernel thread
  }
}
