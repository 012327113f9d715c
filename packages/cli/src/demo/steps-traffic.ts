/** Steps: looking up names and opening pages through the tunnel. */

import type { Device } from '@lethe/testkit';
import { PLACES, SITE } from '@lethe/testkit';
import { made, type Scene, type Step } from './scene.ts';

export const resolve: Step = {
  id: 'resolve',
  title: 'Look up names through the tunnel',
  async run(scene, checks) {
    const { net } = scene;
    const phone = made(scene, 'phone');
    await using atTld = await net.watch('tld', 'dst port 53');
    const marker = `marker-${net.id}.${SITE.wildcard}`;
    const [four, six] = [await phone.resolve(marker, 'A'), await made(scene, 'laptop').resolve(marker, 'AAAA')];
    checks.that('the IPv4 address is right', four.answers?.at(-1)?.data === PLACES.web.ipv4, told(four));
    checks.that('the IPv6 address is right', six.answers?.at(-1)?.data === PLACES.web.ipv6, told(six));
    checks.that('the resolver has validated it with DNSSEC', four.authentic === true && six.authentic === true);
    const forged = await phone.resolve(SITE.forged, 'A', { timeoutMs: 10_000 });
    checks.that('a forged name is refused', forged.rcode === 'SERVFAIL', told(forged));
    const missing = await phone.resolve(SITE.missing);
    checks.that('a missing name is denied with proof', missing.rcode === 'NXDOMAIN' && missing.authentic === true);
    const asked = atTld.questions().map((question) => question.name);
    checks.that('the resolver asked the TLD itself', asked.length > 0);
    checks.none(
      'the TLD learned no more of the names than their zone (QNAME minimisation)',
      asked.filter((name) => name.includes('marker') || name.split('.').length > 2),
    );
  },
};

const told = (answer: { rcode?: string; error?: string }): string => answer.error ?? answer.rcode ?? 'nothing';

const fetchOver = (family: 4 | 6): Step => ({
  id: `fetch-ipv${family}`,
  title: `Open a page over IPv${family} through the tunnel`,
  async run(scene, checks) {
    const both: [string, Device][] = [
      ['phone', made(scene, 'phone')],
      ['laptop', made(scene, 'laptop')],
    ];
    for (const [name, device] of both) {
      const page = await device.fetch(`http://${SITE.web}/`, { family });
      const opened = page.status === 200 && (page.body ?? '').includes(SITE.greeting);
      checks.that(`the ${name} opens the page`, opened, page.error ?? `status ${page.status}`);
      checks.that(`the page sees the server's address, not the ${name}'s`, page.source === seenAs(scene, family));
    }
    const large = await made(scene, 'phone').fetch(`http://${SITE.web}/bytes/3000000`, { family, timeoutMs: 60_000 });
    checks.that('three megabytes arrive whole', large.body?.length === 3_000_000, large.error ?? '');
  },
});

const seenAs = (scene: Scene, family: 4 | 6): string => scene.net.place('host')[family === 4 ? 'ipv4' : 'ipv6'];

export const fetchIpv4 = fetchOver(4);
export const fetchIpv6 = fetchOver(6);
