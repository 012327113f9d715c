/** Steps: the service starts, a customer signs up, gets a server and devices, reads its status. */

import { ONLINE_FOR_S } from '@lethe/core';
import { PLACES, until } from '@lethe/testkit';
import type { StatusInfo } from './customer.ts';
import { linkAddressesNow } from './leftovers.ts';
import { forwarding, made, type Scene, type Step } from './scene.ts';

export const start: Step = {
  id: 'start',
  title: 'Start the service',
  async run(scene, checks) {
    scene.forwardingBefore = await forwarding(scene.net);
    await scene.service.start();
    checks.that(`the service runs, with ${scene.service.engine} as engine`, scene.service.engine !== '');
  },
};

export const signup: Step = {
  id: 'signup',
  title: 'Sign up with a one-time code',
  async run({ anna }, checks) {
    await anna.signUp();
    const account = await anna.lethe<{ email: string; plan: { active: boolean } }>('account', 'show');
    checks.that('the account has its address and an active plan', account.email === anna.email && account.plan.active);
  },
};

export const server: Step = {
  id: 'server',
  title: 'Get a server',
  async run(scene, checks) {
    const created = await scene.anna.createServer();
    scene.server = created;
    checks.that('the server is ready', created.state === 'ready', created.state);
    const { endpoints } = created;
    const families = [PLACES.host.ipv4, `[${PLACES.host.ipv6}]`];
    const both = families.every((address) => endpoints.some((endpoint) => endpoint.startsWith(`${address}:`)));
    checks.that('it is reachable over IPv4 and IPv6', both, endpoints.join(' '));
    scene.link = [...(await linkAddressesNow(scene.net)).values()].flat();
    checks.that('it has a link to its host in both families', scene.link.length >= 4, scene.link.join(' '));
  },
};

const connect = (id: string, name: 'phone' | 'laptop', client: string, family: 'ipv4' | 'ipv6'): Step => ({
  id,
  title: `Add a device and connect it over ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
  async run(scene, checks) {
    const device = await scene.anna.connectNewDevice(name, client, family);
    scene[name] = device;
    await device.handshake();
    const wanted = scene.net.place('host')[family];
    checks.that(`the ${name} dials the server over its only family`, device.conf.endpoint.address === wanted);
    checks.that(`the ${name}'s tunnel is up`, (await device.lastHandshake()) > 0);
    const answer = await device.ping(device.conf.dns[0]!, { count: 1, waitS: 10 });
    checks.that('the server answers in the tunnel', answer.received === 1);
  },
});

export const deviceIpv4 = connect('device-ipv4', 'phone', 'four', 'ipv4');
export const deviceIpv6 = connect('device-ipv6', 'laptop', 'six', 'ipv6');

export const status: Step = {
  id: 'status',
  title: 'Read the live status',
  async run(scene, checks) {
    const live = await until('both devices are online', async () => {
      const now = await scene.anna.lethe<StatusInfo>('status');
      return now.devices.filter((device) => device.online).length === 2 ? now : null;
    });
    checks.that('the device list in force is the newest', live.current);
    checks.that(`both devices are online (a handshake within ${ONLINE_FOR_S} s)`, live.devices.length === 2);
    const counted = live.devices.every((device) => device.receivedBytes > 0 && device.sentBytes > 0);
    checks.that('the server counts bytes of the session in its memory', counted);
  },
};

/** The tunnel carries traffic: a page can be opened through it. */
export async function carries(scene: Scene, name: 'phone' | 'laptop'): Promise<boolean> {
  const page = await made(scene, name).fetch(`http://${PLACES.web.ipv4}/`, { timeoutMs: 2000 });
  return page.source === PLACES.host.ipv4;
}
