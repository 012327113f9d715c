/**
 * Throughput and latency through a Lethe server against a plain WireGuard server set up by hand, in the same engine, image base and
 * topology: two test internets alike, one with `./lethe up`, one with the plain server. Shown beside: the same path without a tunnel.
 */

import { ENGINE_KINDS, type EngineKind } from '@lethe/core';
import { TestInternet } from '@lethe/testkit';
import type { Bench, BenchContext, Measurement } from '../bench.ts';
import { startLethe } from '../lethe.ts';
import { startSink, Way } from '../load.ts';
import { PlainServer, plainImage } from '../plain/server.ts';
import { median, medianInterval, order } from '../statistics.ts';

const CLIENTS = [
  { name: 'tunnel', ipv4: true, ipv6: true },
  { name: 'direct', ipv4: true, ipv6: true },
];
const ROUNDS = 40;
/** Two servers made alike differ by some per cent for as long as they live (where their memory and threads lie), so pairs are made anew. */
const ROUNDS_PER_PAIR = 2;
/** Length of one run: short and many, so that what else the machine does falls on both sides. */
const SECONDS: Record<EngineKind, number> = { container: 1, microvm: 2 };
const PINGS = 300;

export const bench: Bench = {
  description: 'a Lethe server against plain WireGuard in the same engine; median ratios of alternating runs',
  async run(context) {
    const kinds = ENGINE_KINDS.filter((kind) => context.engine === null || kind === context.engine);
    const results: Measurement[] = [];
    for (const kind of kinds) results.push(...(await compare(kind, context)));
    return results;
  },
};

async function compare(kind: EngineKind, context: BenchContext): Promise<Measurement[]> {
  context.progress(`${kind}: starting Lethe`);
  const image = await plainImage(context.progress);
  await using lethe = await startLethe(kind, CLIENTS, context);
  await using other = await TestInternet.create({ clients: CLIENTS });
  startSink(lethe.net);
  startSink(other);
  const ways = { lethe: new Way('lethe', lethe.net, 'tunnel'), plain: new Way('plain', other, 'tunnel') };
  const direct = new Way('direct', other, 'direct');
  const rounds = context.rounds ?? ROUNDS;
  for (let first = 0; first < rounds; first += ROUNDS_PER_PAIR) {
    const last = Math.min(first + ROUNDS_PER_PAIR, rounds);
    context.progress(`${kind}: a fresh pair of servers, rounds ${first + 1} to ${last} of ${rounds}`);
    await using plain = await PlainServer.start(other, kind, image);
    const customer = await lethe.customer(`anna${first}`);
    const { id } = await customer.createServer();
    await using device = await customer.connectNewDevice('phone', 'tunnel', 'ipv4');
    await using plainDevice = await other.connectDevice('tunnel', plain.deviceConf);
    await Promise.all([device.handshake(), plainDevice.handshake()]);
    for (let round = first; round < last; round += 1) await alternate(round, kind, [ways.lethe, ways.plain]);
    await customer.lethe('server', 'delete', id, '--yes');
  }
  for (const what of ['up', 'down', 'ping'] as const) await direct.runOnce(what, 2, PINGS);
  return report(kind, ways.lethe, ways.plain, direct);
}

/** One round: each measurement by the two ways in turn; who is first alternates. */
async function alternate(round: number, kind: EngineKind, ways: [Way, Way]): Promise<void> {
  for (const what of ['up', 'down', 'ping'] as const) {
    for (const way of order(round, ...ways)) await way.runOnce(what, SECONDS[kind], PINGS);
  }
}

function report(kind: EngineKind, lethe: Way, plain: Way, direct: Way): Measurement[] {
  const absolute = [lethe, plain, direct].flatMap((way): Measurement[] => [
    { metric: `${kind}_${way.name}_up`, value: way.medianOf('up'), unit: 'Mbit/s' },
    { metric: `${kind}_${way.name}_down`, value: way.medianOf('down'), unit: 'Mbit/s' },
    { metric: `${kind}_${way.name}_ping`, value: way.medianOf('ping'), unit: 'ms' },
  ]);
  return [
    ratio(`${kind}_throughput_up_ratio`, lethe.ratiosTo(plain, 'up')),
    ratio(`${kind}_throughput_down_ratio`, lethe.ratiosTo(plain, 'down')),
    ratio(`${kind}_latency_ratio`, lethe.ratiosTo(plain, 'ping')),
    ...absolute,
  ];
}

const ratio = (metric: string, rounds: number[]): Measurement => ({
  metric,
  value: median(rounds),
  unit: 'x',
  interval: medianInterval(rounds),
});
