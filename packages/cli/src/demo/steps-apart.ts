/** Step: a second customer, who can do nothing to the first one's server. */

import { newChallenge, slotAddresses, TUNNEL } from '@lethe/core';
import type { Device } from '@lethe/testkit';
import type { Checks } from './checks.ts';
import { made, type Scene, type Step } from './scene.ts';
import { carries } from './steps-owner.ts';

/** How long a knock that must stay unanswered waits. */
const KNOCK_S = 1;

export const secondCustomer: Step = {
  id: 'second-customer',
  title: 'A second customer stays apart',
  async run(scene, checks) {
    const { ben, net } = scene;
    await ben.signUp();
    await apiKeepsApart(scene, checks);
    await ben.createServer();
    await using tablet = await ben.connectNewDevice('tablet', 'dual', 'ipv4');
    await tablet.handshake();
    const own = await tablet.ping(tablet.conf.dns[0]!, { count: 1, waitS: 10 });
    checks.that("the second customer's own tunnel works", own.received === 1);
    await tunnelKeepsApart(scene, tablet, checks);
    await using stranger = await net.connectDevice('dual2', await strangersConf(scene));
    const let_in = await stranger.handshake(0, 3000).then(
      () => true,
      () => false,
    );
    checks.that("the first customer's server does not answer the second one's key", !let_in);
    checks.that('all the while the first customer is served', await carries(scene, 'phone'));
  },
};

/** Another owner's server answers like one that does not exist. */
async function apiKeepsApart(scene: Scene, checks: Checks): Promise<void> {
  const path = `/api/servers/${made(scene, 'server').id}`;
  const own = await scene.anna.fleetRequest('GET', path);
  checks.that('the first customer sees the server by API', own.status === 200, `${own.status}`);
  for (const [method, sub] of [
    ['GET', ''],
    ['GET', `/status?challenge=${newChallenge()}`],
    ['DELETE', ''],
  ] as const) {
    const answer = await scene.ben.fleetRequest(method, path + sub);
    const hidden = answer.status === 404 && answer.code === 'not_found';
    checks.that(
      `for the second one ${method} ${sub === '' ? 'of it' : 'of its status'} says not found`,
      hidden,
      `${answer.status}`,
    );
  }
}

/** From the second customer's tunnel: link addresses of the first server, tunnel addresses of the first customer's devices. */
async function tunnelKeepsApart(scene: Scene, tablet: Device, checks: Checks): Promise<void> {
  const free = slotAddresses(TUNNEL.firstSlot + 1);
  const targets = [...made(scene, 'link'), free.ipv4, free.ipv6];
  await using phone = await scene.net.watch('four', `icmp or icmp6`);
  const answers = await Promise.all(targets.map((address) => tablet.ping(address, { count: 1, waitS: KNOCK_S })));
  checks.none(
    "no link address of the first server and no address of its devices answers from the second one's tunnel",
    targets.filter((_, index) => answers[index]!.received > 0),
  );
  checks.none(
    "nothing of it arrives at the first customer's phone",
    phone.lines().filter((line) => /echo request/.test(line)),
  );
}

/** The second customer's own key, dialling the first customer's server. */
async function strangersConf(scene: Scene): Promise<string> {
  const conf = await scene.ben.deviceConf('tablet', 'ipv4');
  const { wireguardKey, endpoints } = made(scene, 'server');
  const endpoint = endpoints.find((address) => !address.startsWith('['))!;
  return conf
    .replace(/^(PublicKey\s*=\s*).*$/m, `$1${wireguardKey}`)
    .replace(/^(Endpoint\s*=\s*).*$/m, `$1${endpoint}`);
}
