/**
 * Program inside the plain server, in the place of Lethe's agent in an otherwise identical image: sets up WireGuard by hand with
 * `ip`, `wg` and a masquerading rule, and does nothing after that. It is what Lethe's server is compared with.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentToHost } from '@lethe/core/agent-protocol';
import { serveChannel } from '@lethe/node/channel';
import { PLACES } from '@lethe/node/places';
import { run, runAny, startService } from '@lethe/node/run';
import type { PlainOrder } from './order.ts';

let send: (message: AgentToHost) => void = () => {};

async function setUp(order: PlainOrder): Promise<void> {
  await run(
    'nft',
    ['-f', '-'],
    'flush ruleset\ntable inet plain {\nchain out {\ntype nat hook postrouting priority 100\noifname eth0 masquerade\n}\n}\n',
  );
  await run('ip', ['-batch', '-'], order.uplink);
  await makeInterface();
  writeFileSync('/run/plain.conf', order.conf, { mode: 0o600 });
  await run('wg', ['setconf', 'wg0', '/run/plain.conf']);
  await run('ip', ['-batch', '-'], order.addresses);
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  writeFileSync('/proc/sys/net/ipv6/conf/all/forwarding', '1');
}

/** The kernel's WireGuard, or wireguard-go where it has none: as in Lethe's own server. */
async function makeInterface(): Promise<void> {
  if ((await runAny('ip', ['link', 'add', 'wg0', 'type', 'wireguard'])).code === 0) return;
  mkdirSync('/run/wireguard', { recursive: true, mode: 0o700 });
  const daemon = startService('wireguard-go', ['-f', 'wg0'], { LOG_LEVEL: 'silent' });
  while (!daemon.ended() && (await runAny('wg', ['show', 'wg0'])).code !== 0) await sleep(50);
}

const ownKernel = process.env['LETHE_ENGINE'] === 'microvm';
await serveChannel(ownKernel ? { kind: 'device', path: PLACES.device } : { kind: 'socket', path: PLACES.socket }, {
  connected(to) {
    send = to;
    send({ type: 'hello', protocol: 1 });
  },
  received(message) {
    const order = message as PlainOrder;
    if (order.type !== 'plain') return;
    setUp(order).then(
      () => send({ type: 'stage', stage: 'ready' }),
      () => send({ type: 'failed', failure: 'tunnel_failed' }),
    );
  },
  disconnected() {
    send = () => {};
  },
});
