/** Binds the drill to a server of a service in a test internet. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DrillSubject, merge, type Searched, searchDirectory, searchProcess, searchTables } from '@lethe/audit';
import { type Engine, LetheError } from '@lethe/core';
import { type Device, PLACES, SITE, type TestInternet } from '@lethe/testkit';
import type { Customer } from '../demo/customer.ts';
import { processes } from '../demo/leftovers.ts';
import type { Service } from '../demo/service.ts';
import { DRILL_CLIENT, type DrillMarkers } from './seize-markers.ts';

interface Parts {
  net: TestInternet;
  service: Service;
  owner: Customer;
  engine: Engine;
  id: string;
  markers: DrillMarkers;
}

/** Sends what no browser here could: a TLS hello with a name, and datagrams with a word in them. */
const SEND = `
const [address, sni, word] = process.argv.slice(1);
const socket = require('node:dgram').createSocket('udp4');
let left = 10;
const send = () => socket.send(word, 9, address, (error) => { if (error) throw error; if (--left > 0) send(); else socket.close(); });
send();
const tls = require('node:tls').connect({ host: address, port: 80, servername: sni, rejectUnauthorized: false });
tls.on('error', () => tls.destroy());
setTimeout(() => tls.destroy(), 3000).unref();
`;

/** Adds the drill's device to the server; it connects later. */
export async function freshSubject({ net, service, owner, engine, id, markers }: Parts): Promise<DrillSubject> {
  const file = join(net.directory, 'drill.conf');
  await owner.lethe('device', 'add', 'drill', '--endpoint', 'ipv4', '--out', file);
  const conf = readFileSync(file, 'utf8');
  let device: Device | null = null;
  return {
    engine: engine.kind,
    freeze: () => engine.freeze(id),
    thaw: () => engine.thaw(id),
    memory: () => engine.memory(id),
    async connect() {
      device = await net.connectDevice(DRILL_CLIENT, conf);
      await device.handshake();
      const answer = await device.resolve(`${markers.dns}.${SITE.wildcard}`);
      const page = await device.fetch(`http://${markers.host}.${SITE.wildcard}/`);
      if (answer.rcode !== 'NOERROR' || page.status === undefined)
        throw new LetheError('engine_failed', "The drill's traffic did not arrive. Nothing was shown; run it again.");
      const args = ['-e', SEND, PLACES.web.ipv4, `${markers.sni}.${SITE.wildcard}`, markers.udp];
      await net.exec(DRILL_CLIENT, process.execPath, args);
    },
    async leave() {
      await device?.[Symbol.asyncDispose]();
      device = null;
    },
    async forget() {
      await owner.lethe('server', 'forget');
    },
    async end() {
      await owner.lethe('server', 'delete', id, '--yes');
    },
    async searchHost(hunter): Promise<Searched> {
      const { instance, dataDir } = service;
      const own = processes({ instance, dataDir }).map((line) => line.split(' '));
      const tables = await searchTables(
        hunter,
        async (command, args) => (await net.exec('host', command, args)).stdout,
      );
      return merge([
        tables,
        ...own.map(([, pid, ...words]) => searchProcess(hunter, Number(pid), words.join(' ').slice(0, 40))),
        ...[dataDir, `/run/lethe/${instance}`, '/var/log', '/dev/shm'].map((path) => searchDirectory(hunter, path)),
      ]);
    },
  };
}
