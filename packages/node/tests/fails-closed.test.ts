import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Customer, newDevice } from './customer.ts';
import { type Lab, startLab } from './lab.ts';
import { until } from './until.ts';

/** Puts a script in place of a tool, in the server's own view of the file system. */
const replace = (tool: string, script: string): string =>
  `printf '#!/bin/sh\\n${script}\\n' > /run/${tool} && chmod 755 /run/${tool} && cp $(command -v ${tool}) /run/real-${tool} && mount --bind /run/${tool} $(command -v ${tool})`;

const BASE = new URL('../rootfs/etc/lethe/base.nft', import.meta.url).pathname;
const forwarding = (lab: Lab): Promise<string> =>
  lab.server.run('cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding');

/** A birth in a server prepared in some way; ends with the failure it reports, or 'ready'. */
async function bear(
  prepare: string,
  check: (lab: Lab, outcome: string) => Promise<void>,
  rootAnchors: string[] | null = null,
): Promise<void> {
  const lab = await startLab({ prepare: `nft -f ${BASE}; ${prepare}` });
  try {
    const [customer, phone] = await Promise.all([Customer.create(), newDevice(2)]);
    await lab.host.expect('hello');
    const from = lab.host.heard.length;
    lab.host.send(customer.birth(await customer.list([phone]), { rootAnchors }));
    if (!rootAnchors?.includes('nonsense')) {
      await lab.host.expect('keep');
      lab.host.send({ type: 'kept' });
    }
    await until('the birth ends', () =>
      lab.host.heard
        .slice(from)
        .some((message) => message.type === 'failed' || (message.type === 'stage' && message.stage === 'ready')),
    );
    const last = lab.host.heard.findLast((message) => message.type !== 'heartbeat')!;
    await check(lab, last.type === 'failed' ? last.failure : 'ready');
  } finally {
    lab.stop();
  }
}

test('with its tools as they are the server comes up from the base ruleset', async () => {
  await bear(':', async (lab, outcome) => {
    assert.equal(outcome, 'ready');
    assert.equal(await forwarding(lab), '1\n1\n');
  });
});

const neverForwards = (prepare: string) => (): Promise<void> =>
  bear(prepare, async (lab, outcome) => {
    assert.equal(outcome, 'firewall_refused');
    assert.equal(await forwarding(lab), '0\n0\n');
    assert.equal((await lab.server.try('ip link show wg0')).ok, false);
    assert.match(
      await lab.server.run('/run/real-nft list ruleset 2>/dev/null || nft list ruleset'),
      /hook forward priority filter; policy drop;/,
    );
  });

test(
  'a ruleset that the kernel refuses: never forwards',
  neverForwards(replace('nft', 'case "$1" in -f) exit 1;; *) exec /run/real-nft "$@";; esac')),
);
test(
  'a tool that says yes and loads nothing: never forwards',
  neverForwards(replace('nft', 'case "$1" in -f) exit 0;; *) exec /run/real-nft "$@";; esac')),
);
test(
  'a ruleset that cannot be read back: never forwards',
  neverForwards(replace('nft', 'case "$1" in -f) exec /run/real-nft "$@";; *) echo "{}";; esac')),
);

test(
  'forwarding that was on before is turned off',
  neverForwards(`echo 1 > /proc/sys/net/ipv4/ip_forward; ${replace('nft', 'exit 1')}`),
);

test('a foreign table beside ours: never forwards', neverForwards('nft add table ip other'));

test('a resolver that does not start: never forwards', () =>
  bear(replace('unbound', 'exit 1'), async (lab, outcome) => {
    assert.equal(outcome, 'resolver_failed');
    assert.equal(await forwarding(lab), '0\n0\n');
  }));

test('without any WireGuard: never forwards', () =>
  bear(
    `${replace('wireguard-go', 'exit 1')}; ip link add wg0 type wireguard 2>/dev/null && exit 1`,
    async (lab, outcome) => {
      assert.equal(outcome, 'tunnel_failed');
      assert.equal(await forwarding(lab), '0\n0\n');
    },
  ));

test('trust anchors that are none: refused before anything', () =>
  bear(':', async (_lab, outcome) => assert.equal(outcome, 'resolver_failed'), ['nonsense']));
