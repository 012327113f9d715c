/**
 * How long until somebody hears of a change that no release explains: from the moment it is made in a running server to the alarm at a
 * webhook, through watch, host, control plane and database.
 */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Customer } from '@lethe/cli/demo/customer';
import { LetheError } from '@lethe/core';
import type { BenchContext, Measurement } from '../bench.ts';
import { running } from '../density/resources.ts';
import { type Lethe, startLethe } from '../lethe.ts';
import { processesWith } from '../memory.ts';
import { percentile } from '../statistics.ts';
import { CHANGES, type Change, makeChange } from './changes.ts';

const CLIENTS = [{ name: 'client', ipv4: true, ipv6: true }];
/** Ten of each kind. */
const CHANGES_MADE = 200;
/** A change that nobody has heard of by then was missed. */
const LIMIT_MS = 10_000;
/** The published defaults that stand beside: AIDE's daily run, Wazuh's file integrity scan. */
const AIDE_S = 86_400;
const WAZUH_S = 43_200;

interface Told {
  id: string;
  kind: string;
  event: string;
  cameAt: number;
}

export async function measureDrift(context: BenchContext): Promise<Measurement[]> {
  await using lethe = await startLethe('container', CLIENTS, context);
  const told = await listen(lethe);
  const customer = await lethe.customer('anna');
  const { id } = await customer.createServer();
  const [agent] = running(processesWith(id), 'agent.js');
  if (agent === undefined) throw new LetheError('internal', 'The agent was not found.');
  const latency: number[] = [];
  let missed = 0;
  const count = context.rounds ?? CHANGES_MADE;
  for (const [n, change] of plan(count).entries()) {
    context.progress(`change ${n + 1} of ${count}: ${change.id}`);
    const heard = await provoke(change, agent, 10_000 + n, told);
    if (heard === null) missed += 1;
    else latency.push(heard / 1000);
    await closeAll(customer, lethe.service.dataDir, told);
  }
  const sorted = latency.toSorted((a, b) => a - b);
  return [
    ...(sorted.length === 0
      ? []
      : [
          { metric: 'drift_alarm_p50_s', value: percentile(sorted, 0.5), unit: 's' },
          { metric: 'drift_alarm_p99_s', value: percentile(sorted, 0.99), unit: 's' },
        ]),
    { metric: 'drift_missed', value: missed, unit: `of ${count}` },
    { metric: 'drift_kinds_of_change', value: CHANGES.length, unit: 'kinds' },
    { metric: 'aide_default_interval_s', value: AIDE_S, unit: 's' },
    { metric: 'wazuh_default_interval_s', value: WAZUH_S, unit: 's' },
  ];
}

/** As many changes of each kind, in random order. */
function plan(count: number): Change[] {
  const all = Array.from({ length: count }, (_, n) => CHANGES[n % CHANGES.length]!);
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}

/** A webhook in the service's own namespace, and what it hears. */
async function listen(lethe: Lethe): Promise<Told[]> {
  const program = fileURLToPath(new URL('./receiver.ts', import.meta.url));
  const child = lethe.net.spawn('host', process.execPath, ['--disable-warning=ExperimentalWarning', program]);
  const lines = createInterface({ input: child.stdout! });
  const [port] = (await once(lines, 'line')) as [string];
  const told: Told[] = [];
  lines.on('line', (line) => told.push(JSON.parse(line) as Told));
  const channels = [{ name: 'bench', type: 'webhook', url: `http://127.0.0.1:${port}/` }];
  writeFileSync(join(lethe.service.dataDir, 'alarms.json'), JSON.stringify({ channels }), { mode: 0o600 });
  return told;
}

/**
 * Milliseconds from just before the change to the first alarm; null if none came, or none that names the change. At the end the change is
 * taken back and seen to be.
 */
async function provoke(change: Change, pid: number, n: number, told: Told[]): Promise<number | null> {
  told.length = 0;
  await sleep(Math.random() * 1000);
  const madeAt = Date.now();
  const undo = await makeChange(change, pid, n);
  const opened = (): Told[] => told.filter(({ event }) => event === 'opened');
  const named = await until(() => opened().some(({ kind }) => kind === change.kind));
  const first = opened()[0]?.cameAt ?? null;
  await undo();
  const gone = (): boolean =>
    opened().every(({ id }) => told.some((one) => one.id === id && one.event === 'gone')) && opened().length > 0;
  if (first !== null && !(await until(gone)))
    throw new LetheError('internal', `A change was taken back and is still seen: ${change.id}.`);
  return named ? first! - madeAt : null;
}

async function until(condition: () => boolean): Promise<boolean> {
  for (const end = performance.now() + LIMIT_MS; !condition(); await sleep(10))
    if (performance.now() > end) return false;
  return true;
}

/** A person has seen to it: the next change of this kind is an alarm again. */
async function closeAll(customer: Customer, dataDir: string, told: Told[]): Promise<void> {
  for (const id of new Set(told.filter(({ event }) => event === 'opened').map((one) => one.id)))
    await customer.lethe('incidents', 'close', id, '--cause', 'a bench', '--machine-key', dataDir);
}
