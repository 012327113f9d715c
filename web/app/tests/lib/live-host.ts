/** A host for the real service: takes servers on, reports the stages of their birth, applies signed lists, seals live status. */

import {
  type DeviceList,
  type DeviceStatus,
  newSigningSeed,
  openDeviceList,
  type Secret,
  sealStatus,
} from '@lethe/core';
import { connectHost, enrolment, type FromControl } from '../../../../packages/control/tests/support/host.ts';
import type { TestService } from '../../../../packages/control/tests/support/service.ts';

const STAGES = ['machine', 'booting', 'network', 'tunnel', 'resolver'] as const;

export interface LiveHost {
  /** Live state by public key, as the server reports it. */
  live: Map<string, Omit<DeviceStatus, 'key'>>;
  /** The list in force by server. */
  lists: Map<string, DeviceList>;
  hangUp(): Promise<void>;
}

export async function startLiveHost(service: TestService): Promise<LiveHost> {
  const host = await connectHost(service, { publicAddresses: ['vpn.example.net', '2001:db8::7'] });
  const lists = new Map<string, DeviceList>();
  const live: LiveHost['live'] = new Map();
  const nodes = new Map<string, Secret<'node-sign'>>();

  const onDesired = async ({ servers }: Extract<FromControl, { type: 'desired' }>): Promise<void> => {
    for (const wanted of servers) {
      const list = await openDeviceList(wanted.devices, wanted.server, wanted.ownerKey);
      const born = lists.has(wanted.server);
      if (born && lists.get(wanted.server)!.counter === list.counter) continue;
      lists.set(wanted.server, list);
      if (!born) {
        for (const stage of STAGES) host.send({ type: 'stage', server: wanted.server, stage });
        const node = newSigningSeed('node-sign');
        nodes.set(wanted.server, node);
        const { server, enrolmentToken } = wanted;
        host.send({ type: 'enrol', enrolment: await enrolment(server, enrolmentToken!, {}, node) });
      }
      host.send({ type: 'applied', server: wanted.server, counter: list.counter });
      if (!born) host.send({ type: 'stage', server: wanted.server, stage: 'ready' });
    }
    for (const server of lists.keys()) {
      if (servers.some((one) => one.server === server)) continue;
      lists.delete(server);
      host.send({ type: 'gone', server });
    }
  };

  const onAsk = async ({ id, server, challenge }: Extract<FromControl, { type: 'ask' }>): Promise<void> => {
    const list = lists.get(server)!;
    const quiet = { handshakeAgeS: null, receivedBytes: 0, sentBytes: 0 };
    const devices = list.devices.map(({ key }) => ({ key, ...(live.get(key) ?? quiet) }));
    const status = { counter: list.counter, settingsCounter: 0, uptimeS: 12, blocked: 0, devices };
    const sealed = await sealStatus(status, { server, challenge }, nodes.get(server)!, list.sealTo);
    host.send({ type: 'answer', id, sealed });
  };

  let tail: Promise<unknown> = Promise.resolve();
  const onMessage = (message: FromControl): void => {
    if (message.type === 'desired') tail = tail.then(() => onDesired(message));
    if (message.type === 'ask') tail = tail.then(() => onAsk(message));
  };
  for (const message of host.received) onMessage(message);
  host.socket.addEventListener('message', ({ data }) => onMessage(JSON.parse(String(data)) as FromControl));
  return { live, lists, hangUp: () => host.hangUp() };
}
