/** Twenty idle servers on one host: memory of each, processor time of each, and from the start of its machine to its tunnel. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Customer } from '@lethe/cli/demo/customer';
import { ENGINE_KINDS, type EngineKind, LetheError } from '@lethe/core';
import type { Bench, BenchContext, Measurement } from '../bench.ts';
import { ageSeconds, cpuSeconds, hostMemory, memoryFileOf, running } from '../density/resources.ts';
import { startLethe } from '../lethe.ts';
import { memoryOf, processesWith } from '../memory.ts';
import { median } from '../statistics.ts';

const SERVERS = 20;
/** After this, what a birth leaves to do has been done. */
const SETTLE_MS = 10_000;
/** Servers whose birth is timed: each is born while the others are idle. */
const TIMED = 3;
const WINDOW_MS = 20_000;

export const bench: Bench = {
  description: 'idle servers side by side on one host (--rounds N for another number than 20)',
  async run(context) {
    const kinds = ENGINE_KINDS.filter((kind) => context.engine === null || kind === context.engine);
    const results: Measurement[] = [];
    for (const kind of kinds) results.push(...(await measure(kind, context)));
    const idle = results.filter(({ metric }) => metric.endsWith('_idle_cpu_percent')).map(({ value }) => value);
    return [...results, { metric: 'idle_cpu_percent_of_core', value: Math.max(...idle), unit: '%' }];
  },
};

async function measure(kind: EngineKind, context: BenchContext): Promise<Measurement[]> {
  context.progress(`${kind}: starting the service`);
  await using lethe = await startLethe(kind, [{ name: 'client', ipv4: true, ipv6: true }], context);
  const count = context.rounds ?? SERVERS;
  const servers: number[][] = [];
  const ages: number[] = [];
  for (let index = 0; index < count; index += 1) {
    context.progress(`${kind}: server ${index + 1} of ${count}`);
    const customer = await lethe.customer(`dense${index}`);
    if (index < TIMED) await sleep(SETTLE_MS);
    await customer.createServer();
    // The server has said that it is ready: its tunnel is up.
    const readyAt = performance.now();
    const pids = await processesOf(customer);
    ages.push(Math.max(...pids.map(ageSeconds)) - (performance.now() - readyAt) / 1000);
    servers.push(pids);
  }
  await sleep(SETTLE_MS);
  const results = await idle(kind, servers);
  if (kind === 'microvm') {
    results.push({ metric: 'microvm_emulated_boot_to_tunnel_s', value: median(ages.slice(0, TIMED)), unit: 's' });
  } else {
    const agents = servers.flatMap((pids) => running(pids, 'agent.js')).map((pid) => memoryOf([pid]).pss);
    results.push({ metric: 'agent_pss_mb', value: median(agents), unit: 'MB' });
  }
  return results;
}

async function processesOf(customer: Customer): Promise<number[]> {
  const { id } = await customer.showServer();
  const pids = processesWith(id);
  if (pids.length === 0) throw new LetheError('internal', 'The processes of a server were not found.');
  return pids;
}

/** Memory and processor time per server, over all of them. */
async function idle(kind: EngineKind, servers: readonly number[][]): Promise<Measurement[]> {
  const all = servers.flat();
  const before = cpuSeconds(all);
  const startedAt = performance.now();
  await sleep(WINDOW_MS);
  const busy = (cpuSeconds(all) - before) / ((performance.now() - startedAt) / 1000) / servers.length;
  const memory = servers.map((pids) => hostMemory(pids, memoryFileOf(pids)));
  const sum = memory.reduce((total, one) => total + one, 0);
  return [
    { metric: `${kind}_host_mb_per_server`, value: sum / servers.length, unit: 'MB' },
    { metric: `${kind}_idle_cpu_percent`, value: busy * 100, unit: '%' },
    { metric: `${kind}_servers`, value: servers.length, unit: 'servers' },
  ];
}
