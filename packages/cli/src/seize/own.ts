/** Binds the drill to a server of an owner who asks for it, on the machine where it runs. The owner's key signs for the drill's devices. */

import type { Customer } from '@lethe/api';
import { type DrillSubject, execHere } from '@lethe/audit';
import type { Engine } from '@lethe/core';
import type { Marks } from '../demo/leftovers.ts';
import { machineOf } from './here.ts';
import { searchHost } from './host-search.ts';
import type { DrillMarkers, Family } from './markers.ts';
import { type DrillDevice, sendMarkers } from './traffic.ts';
import type { DrillWay } from './way.ts';

interface Parts {
  customer: Customer;
  server: { id: string; port: number };
  engine: Engine;
  marks: Marks;
  way: DrillWay;
  markers: DrillMarkers;
  /** The server is deleted at the end, so that its machine is gone too. */
  deleteIt: boolean;
}

/** Devices of a drill, by their name. */
const OF_A_DRILL = /^drill-ipv[46]-[0-9a-f]{6}$/;

/** Removes the devices of an earlier drill that was killed. */
export async function removeEarlier(customer: Customer, server: string): Promise<void> {
  for (const { name, key } of await customer.devices(server))
    if (OF_A_DRILL.test(name)) await customer.removeDevice(key, server);
}

/** Adds the drill's devices to the server; they connect later, and are removed when it is disposed of. */
export async function ownSubject(parts: Parts): Promise<DrillSubject & AsyncDisposable> {
  const { customer, server, engine, marks, way, markers } = parts;
  const { id, port } = server;
  await using added = new AsyncDisposableStack();
  const confs: [family: Family, conf: string][] = [];
  for (const { family } of way.places.clients) {
    const { device } = await customer.addDevice({ name: `drill-${family}-${markers.run}`, server: id });
    added.defer(async () => void (await customer.removeDevice(device.key, id)));
    confs.push([family, (await customer.deviceConfig(device.key, { server: id })).text]);
  }
  const devices: DrillDevice[] = [];
  const listed = added.move();
  const leave = async (): Promise<void> => {
    for (const device of devices.splice(0)) await device[Symbol.asyncDispose]();
  };
  let isDeleted = false;
  const takeBack = async (): Promise<void> => {
    if (!isDeleted) await listed.disposeAsync();
  };
  return {
    ...machineOf(engine, id),
    async connect() {
      for (const [family, conf] of confs) {
        devices.push(await way.connect(family, conf, port));
        await sendMarkers(devices.at(-1)!, markers, way.places);
      }
    },
    leave,
    forget: async () => void (await customer.forget(id)),
    async end() {
      if (!parts.deleteIt) return takeBack();
      await customer.deleteServer(id);
      isDeleted = true;
    },
    searchHost: (hunter) => searchHost({ marks, engine, id, exec: execHere }, hunter),
    async [Symbol.asyncDispose]() {
      try {
        await leave();
      } finally {
        await takeBack();
      }
    },
  };
}
