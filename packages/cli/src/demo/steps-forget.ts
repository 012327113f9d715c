/** Steps: the owner's filter, and a server that forgets. */

import { PLACES, SITE, until } from '@lethe/testkit';
import type { StatusInfo } from './customer.ts';
import { made, type Step } from './scene.ts';
import { carries } from './steps-owner.ts';

/** Enough for the coarse total to say "more than ten". */
const LOOKUPS = 12;
const RECONNECT_MS = 60_000;

export const filter: Step = {
  id: 'filter',
  title: 'Block a name, and take the rule away again',
  async run(scene, checks) {
    const { anna } = scene;
    const phone = made(scene, 'phone');
    const blocked = await anna.lethe<{ applied: boolean }>('filter', 'block', SITE.web);
    checks.that('the server says that the rule is in force', blocked.applied);
    for (let lookup = 0; lookup < LOOKUPS; lookup += 1) {
      const { rcode } = await phone.resolve(SITE.web);
      if (rcode !== 'NXDOMAIN') checks.that('the name is blocked', false, rcode ?? 'no answer');
    }
    checks.that(`the name is blocked in ${LOOKUPS} of ${LOOKUPS} lookups`, true);
    const live = await anna.lethe<StatusInfo>('status');
    checks.that('the owner sees one coarse total of blocked lookups', live.blocked === 10, String(live.blocked));
    await anna.lethe('filter', 'block', SITE.web, '--remove');
    const { answers } = await phone.resolve(SITE.web);
    checks.that('without the rule the name resolves again', answers?.at(-1)?.data === PLACES.web.ipv4);
  },
};

export const forget: Step = {
  id: 'forget',
  title: 'Let the server forget everything',
  async run(scene, checks) {
    const { anna } = scene;
    const before = await anna.lethe<StatusInfo>('status');
    const { ms } = await anna.lethe<{ ms: number }>('server', 'forget');
    checks.that('the server says, signed, that it has forgotten', ms > 0);
    const after = await anna.lethe<StatusInfo>('status');
    const younger = after.uptimeS < before.uptimeS || after.uptimeS * 1000 <= ms + 5000;
    checks.that('its age starts anew', younger, `${before.uptimeS} s, then ${after.uptimeS} s`);
    checks.that('nothing is left of the blocked total', after.blocked === 0, String(after.blocked));
    // Both had a session: WireGuard takes 15 s without an answer before it makes another one.
    const back = (name: 'phone' | 'laptop') =>
      until(`the ${name} is connected again by itself`, () => carries(scene, name), RECONNECT_MS);
    await Promise.all([back('phone'), back('laptop')]);
    checks.that('both devices are connected again by themselves', true);
    const same = await anna.showServer();
    checks.that('the server has the same key', same.wireguardKey === made(scene, 'server').wireguardKey);
  },
};
