/** Binds the drill to a server of a service in a test internet. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrillSubject } from '@lethe/audit';
import type { Engine } from '@lethe/core';
import { type ClientSpec, PLACES, SITE, type TestInternet } from '@lethe/testkit';
import type { Customer } from '../demo/customer.ts';
import type { Service } from '../demo/service.ts';
import { machineOf } from './here.ts';
import { searchHost } from './host-search.ts';
import type { DrillMarkers, DrillPlaces, Family } from './markers.ts';
import { type DrillDevice, sendMarkers } from './traffic.ts';

/** One device dials by IPv4, one by IPv6. */
export const DRILL_CLIENTS: ClientSpec[] = [
  { name: 'four', ipv4: true, ipv6: false },
  { name: 'six', ipv4: false, ipv6: true },
];
const CLIENT_OF: Record<Family, string> = { ipv4: 'four', ipv6: 'six' };

export const freshPlaces = (net: TestInternet): DrillPlaces => ({
  clients: [
    { family: 'ipv4', address: net.place('four').ipv4 },
    { family: 'ipv6', address: net.place('six').ipv6 },
  ],
  web: [PLACES.web.ipv4, PLACES.web.ipv6],
  tlsPort: 80,
  echoPort: 7,
  zone: SITE.wildcard,
});

interface Parts {
  net: TestInternet;
  service: Service;
  owner: Customer;
  engine: Engine;
  id: string;
  places: DrillPlaces;
  markers: DrillMarkers;
}

/** Adds the drill's devices to the server; they connect later. */
export async function freshSubject(parts: Parts): Promise<DrillSubject> {
  const { net, service, owner, engine, id, places, markers } = parts;
  const confs: [client: string, conf: string][] = [];
  for (const { family } of places.clients) {
    const name = `${CLIENT_OF[family]}-${markers.run}`;
    const file = join(net.directory, `${name}.conf`);
    await owner.lethe('device', 'add', name, '--endpoint', family, '--out', file);
    confs.push([CLIENT_OF[family], readFileSync(file, 'utf8')]);
  }
  const devices: DrillDevice[] = [];
  const host = {
    marks: { instance: service.instance, dataDir: service.dataDir },
    engine,
    id,
    exec: async (command: string, args: readonly string[]) => (await net.exec('host', command, args)).stdout,
    except: [net.directory],
  };
  return {
    ...machineOf(engine, id),
    async connect() {
      for (const [client, conf] of confs) {
        const device = await net.connectDevice(client, conf);
        const exec: DrillDevice['exec'] = (command, args, options) => net.exec(client, command, args, options);
        devices.push({ device, exec, [Symbol.asyncDispose]: () => device[Symbol.asyncDispose]() });
        await sendMarkers(devices.at(-1)!, markers, places);
      }
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
    searchHost: (hunter) => searchHost(host, hunter),
  };
}
