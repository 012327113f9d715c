/**
 * From `lethe server create` to the first packet through the tunnel, command line included; and ten servers at once, with the memory
 * each takes on the host.
 */

import type { Customer } from '@lethe/cli/demo/customer';
import { ENGINE_KINDS, type EngineKind, LetheError } from '@lethe/core';
import { PLACES } from '@lethe/testkit';
import type { Bench, BenchContext, Measurement } from '../bench.ts';
import { type Lethe, startLethe } from '../lethe.ts';
import { memoryOf, processesWith } from '../memory.ts';
import { median } from '../statistics.ts';

const TEN = 10;
const CLIENTS = Array.from({ length: TEN }, (_, index) => ({ name: `client${index}`, ipv4: true, ipv6: true }));
const ROUNDS: Record<EngineKind, number> = { container: 5, microvm: 3 };
const NAMES: Record<EngineKind, string> = { container: 'container', microvm: 'microvm_emulated' };

export const bench: Bench = {
  description: 'server create to first packet through the tunnel; ten servers at once',
  async run(context) {
    const kinds = ENGINE_KINDS.filter((kind) => context.engine === null || kind === context.engine);
    const results: Measurement[] = [];
    for (const kind of kinds) results.push(...(await measure(kind, context)));
    return results;
  },
};

async function measure(kind: EngineKind, context: BenchContext): Promise<Measurement[]> {
  context.progress(`${kind}: starting the service`);
  await using lethe = await startLethe(kind, CLIENTS, context);
  const times: number[] = [];
  const memory: Measurement[] = [];
  const rounds = context.rounds ?? ROUNDS[kind];
  for (let round = 0; round < rounds; round += 1) {
    context.progress(`${kind}: server ${round + 1} of ${rounds}`);
    const customer = await lethe.customer(`single${round}`);
    times.push(await firstPacket(customer, 'client0'));
    if (kind === 'microvm' && round === rounds - 1) memory.push(...(await memoryOfServers(kind, [customer])));
    await customer.lethe('account', 'close', '--yes');
  }
  const first: Measurement = { metric: `${NAMES[kind]}_first_packet_s`, value: median(times), unit: 's' };
  return [first, ...memory, ...(kind === 'container' ? await tenAtOnce(lethe, kind, context) : [])];
}

/** Seconds from the command to the first answer through the tunnel. */
async function firstPacket(customer: Customer, client: string): Promise<number> {
  const startedAt = performance.now();
  await customer.createServer();
  await using device = await customer.connectNewDevice('phone', client, 'ipv4');
  const { received } = await device.ping(PLACES.web.ipv4, { count: 50, intervalMs: 100, waitS: 1, untilFirst: true });
  if (received === 0) throw new LetheError('timeout', 'Nothing came back through the tunnel of a new server.');
  return (performance.now() - startedAt) / 1000;
}

/** Ten customers ask at the same moment; the time until the last has a packet through its tunnel, and memory of each on the host. */
async function tenAtOnce(lethe: Lethe, kind: EngineKind, context: BenchContext): Promise<Measurement[]> {
  const customers: Customer[] = [];
  for (let index = 0; index < TEN; index += 1) customers.push(await lethe.customer(`many${index}`));
  context.progress(`${kind}: ${TEN} servers at once`);
  const startedAt = performance.now();
  await Promise.all(customers.map((customer, index) => firstPacket(customer, `client${index}`)));
  const seconds = (performance.now() - startedAt) / 1000;
  return [{ metric: `${kind}_ten_servers_s`, value: seconds, unit: 's' }, ...(await memoryOfServers(kind, customers))];
}

/** Memory of each server's processes on the host; the median over the servers. */
async function memoryOfServers(kind: EngineKind, customers: readonly Customer[]): Promise<Measurement[]> {
  const each: { rss: number; pss: number }[] = [];
  for (const customer of customers) {
    const { id } = await customer.showServer();
    const pids = processesWith(id);
    if (pids.length === 0) throw new LetheError('internal', 'The processes of a server were not found.');
    each.push(memoryOf(pids));
  }
  return [
    { metric: `${kind}_pss_mb_per_server`, value: median(each.map((one) => one.pss)), unit: 'MB' },
    { metric: `${kind}_rss_mb_per_server`, value: median(each.map((one) => one.rss)), unit: 'MB' },
  ];
}
