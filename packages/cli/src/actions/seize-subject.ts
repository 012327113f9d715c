/** Binds the drill to a server of a service in a test internet. */

import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type DrillSubject,
  type Hunter,
  merge,
  type Searched,
  searchDirectory,
  searchProcess,
  searchTables,
} from '@lethe/audit';
import { type Engine, LetheError, type MemoryArea } from '@lethe/core';
import { type Device, PLACES, SITE, type TestInternet } from '@lethe/testkit';
import type { Customer } from '../demo/customer.ts';
import { type Marks, processes } from '../demo/leftovers.ts';
import type { Service } from '../demo/service.ts';
import type { DrillMarkers } from './seize-markers.ts';

interface Parts {
  net: TestInternet;
  service: Service;
  owner: Customer;
  engine: Engine;
  id: string;
  markers: DrillMarkers;
}

/** Asked of the web place by UDP port 7, which sends back what it gets. */
const ECHO_PORT = 7;

/**
 * Sends what no browser here could: datagrams with a word in them, and a TLS hello with a name. Ends with status 1 unless both came
 * there: the datagrams come back, and port 80 answers a TLS hello, if not in TLS.
 */
const SEND = `
const [address, sni, word] = process.argv.slice(1);
const family = address.includes(':') ? 'udp6' : 'udp4';
setTimeout(() => process.exit(1), 10000).unref();
const echo = new Promise((resolve) => {
  const socket = require('node:dgram').createSocket(family);
  const again = setInterval(() => socket.send(word, ${ECHO_PORT}, address), 100);
  let left = 10;
  socket.on('message', (text) => {
    if (String(text) !== word || --left > 0) return;
    clearInterval(again);
    socket.close(resolve);
  });
});
const hello = new Promise((resolve, reject) => {
  const tls = require('node:tls').connect({ host: address, port: 80, servername: sni, rejectUnauthorized: false });
  tls.on('secureConnect', resolve);
  tls.on('error', (error) => (/^ERR_SSL/.test(error.code) ? resolve() : reject(error)));
});
Promise.all([echo, hello]).then(() => process.exit(0), () => process.exit(1));
`;

/** Adds the drill's devices to the server; they connect later. */
export async function freshSubject({ net, service, owner, engine, id, markers }: Parts): Promise<DrillSubject> {
  const { dataDir } = service;
  const runDir = `/run/lethe/${service.instance}`;
  const confs = new Map<string, string>();
  for (const [client, endpoint] of [
    ['four', 'ipv4'],
    ['six', 'ipv6'],
  ] as const) {
    const name = `${client}-${markers.run}`;
    const file = join(net.directory, `${name}.conf`);
    await owner.lethe('device', 'add', name, '--endpoint', endpoint, '--out', file);
    confs.set(client, readFileSync(file, 'utf8'));
  }
  const devices: Device[] = [];
  const machine = (): Promise<MemoryArea[]> => engine.memory(id).catch(() => []);
  return {
    engine: engine.kind,
    freeze: () => engine.freeze(id),
    thaw: () => engine.thaw(id),
    memory: () => engine.memory(id),
    async connect() {
      for (const [client, conf] of confs) devices.push(await useDevice(net, client, conf, markers));
    },
    async leave() {
      for (const device of devices.splice(0)) await device[Symbol.asyncDispose]();
    },
    async forget() {
      await owner.lethe('server', 'forget');
    },
    async end() {
      await owner.lethe('server', 'delete', id, '--yes');
    },
    async searchHost(hunter): Promise<Searched> {
      // What is searched as the machine's own memory, while there is a machine.
      const areas = await machine();
      const pids = areas.flatMap((area) => (area.kind === 'process' ? [area.pid] : []));
      const files = areas.flatMap((area) => (area.kind === 'file' ? [area.path] : []));
      const tables = await searchTables(
        hunter,
        async (command, args) => (await net.exec('host', command, args)).stdout,
      );
      const own = hostProcesses({ instance: service.instance, dataDir }).filter(({ pid }) => !pids.includes(pid));
      return merge([
        tables,
        ...own.map(({ pid, what }) => searchLiving(hunter, pid, what)),
        ...directories(net, dataDir, runDir).map(([path, skip]) =>
          searchDirectory(hunter, path, (file) => skip(file) || files.includes(file)),
        ),
      ]);
    },
  };
}

/**
 * A process of the service that ends while it is searched, such as a worker of the database, has no memory any more: its pages are the
 * kernel's, a stated limit. What was found in it until then counts.
 */
function searchLiving(hunter: Hunter, pid: number, what: string): Searched {
  const searched = searchProcess(hunter, pid, what);
  return existsSync(`/proc/${pid}`) ? searched : { ...searched, unread: [] };
}

/** Connects a device and sends every marker. Throws `engine_failed` if anything of it did not arrive: a drill would show nothing then. */
async function useDevice(net: TestInternet, client: string, conf: string, markers: DrillMarkers): Promise<Device> {
  const device = await net.connectDevice(client, conf);
  await device.handshake();
  const answer = await device.resolve(`${markers.dns}.${SITE.wildcard}`);
  const page = await device.fetch(`http://${markers.host}.${SITE.wildcard}/`);
  const lost = (what: string): LetheError =>
    new LetheError('engine_failed', `The drill's ${what} did not arrive. Nothing was shown; run it again.`);
  if (answer.rcode !== 'NOERROR') throw lost('lookup');
  if (page.status !== 200) throw lost('request');
  for (const address of [PLACES.web.ipv4, PLACES.web.ipv6]) {
    const args = ['-e', SEND, address, `${markers.sni}.${SITE.wildcard}`, markers.udp];
    const { code } = await net.exec(client, process.execPath, args, { mayFail: true });
    if (code !== 0) throw lost('datagrams or TLS');
  }
  return device;
}

/** Programs of the service by the words the inventory knows them by. */
const PROGRAMS: readonly [RegExp, string][] = [
  [/packages\/host\//, 'supervisor'],
  [/packages\/control\//, 'control'],
  [/^postgres|\/postgres /, 'postgres'],
  [/ up --/, 'lethe up'],
];

/** The host's own processes of a service: not the machine's, which are searched as such. */
function hostProcesses(marks: Marks): { pid: number; what: string }[] {
  return processes(marks).flatMap((line) => {
    const [, pid] = line.split(' ');
    const command = commandOf(Number(pid));
    const program = PROGRAMS.find(([pattern]) => pattern.test(command))?.[1] ?? command.slice(0, 40);
    return command === '' ? [] : [{ pid: Number(pid), what: program }];
  });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // it has ended
  }
}

/** Where a service could leave a file. What belongs to the laboratory itself, or to another service of this machine, is left out. */
function directories(net: TestInternet, dataDir: string, runDir: string): [string, (path: string) => boolean][] {
  const foreign = (path: string): boolean =>
    (/\/lethe-[^/]*$/.test(path) && !path.includes(basename(runDir))) || path === net.directory;
  return [
    [dataDir, () => false],
    [runDir, () => false],
    ['/var/log', () => false],
    ...['/dev/shm', tmpdir(), '/var/tmp'].map((path): [string, (path: string) => boolean] => [path, foreign]),
  ];
}
