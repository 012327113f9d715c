/** What the watch costs its server: the same agent with and without it, in two servers beside each other that nobody uses. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type EngineKind, type ImageFiles, LetheError } from '@lethe/core';
import { buildImage } from '@lethe/image';
import { TestInternet } from '@lethe/testkit';
import type { BenchContext, Measurement } from '../bench.ts';
import { cpuSecondsWithTools, running } from '../density/resources.ts';
import { MachineProgram } from '../machine-program.ts';
import { memoryOf, processesWith } from '../memory.ts';
import type { BornMachine } from './born-machine.ts';

/** After this, what a birth leaves to do has been done. */
const SETTLE_MS = 15_000;
/** Several of the watch's looks with tools. */
const WINDOW_MS = 120_000;

export async function measureWatchCost(context: BenchContext): Promise<Measurement[]> {
  const { progress } = context;
  const images = {
    watched: await buildImage({ onProgress: progress }),
    alone: await buildImage({ agent: fileURLToPath(new URL('./unwatched.ts', import.meta.url)), onProgress: progress }),
  };
  // Each in a network of its own: both machines have the same addresses.
  await using nets = new AsyncDisposableStack();
  const start = async (image: ImageFiles): Promise<number> => {
    const net = nets.use(await TestInternet.create({ clients: [] }));
    return agentOf(nets.use(await startMachine(net, 'container', image)).word);
  };
  const watched = await start(images.watched);
  const alone = await start(images.alone);
  await sleep(SETTLE_MS);
  progress(`the watch at rest, for ${WINDOW_MS / 1000} s`);
  const monitors = monitorsOf(watched);
  if (monitors.length !== 2 || monitorsOf(alone).length !== 0)
    throw new LetheError('internal', 'The watch does not run where it should, or runs where it should not.');
  const cpu = (): number => cpuSecondsWithTools([watched, ...monitors]) - cpuSecondsWithTools([alone]);
  const [before, startedAt] = [cpu(), performance.now()];
  await sleep(WINDOW_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  return [
    { metric: 'watch_cpu_percent_of_core', value: ((cpu() - before) / seconds) * 100, unit: '%' },
    { metric: 'watch_added_mb', value: memoryOf([watched, ...monitors]).pss - memoryOf([alone]).pss, unit: 'MB' },
  ];
}

/** A server that was born and has no device. Its program says the machine's id. */
function startMachine(net: TestInternet, engine: EngineKind, image: ImageFiles): Promise<MachineProgram> {
  const order: BornMachine = { engine, image, runDir: join(net.directory, 'born'), instance: net.id };
  return MachineProgram.start(net, new URL('./born-machine.ts', import.meta.url), order);
}

function agentOf(id: string): number {
  const [agent] = running(processesWith(id), 'agent.js');
  if (agent === undefined) throw new LetheError('internal', 'The agent was not found.');
  return agent;
}

/** The tools that an agent has running for its watch. */
function monitorsOf(agent: number): number[] {
  const children = readFileSync(`/proc/${agent}/task/${agent}/children`, 'utf8').trim();
  return children
    .split(' ')
    .filter((pid) => pid !== '')
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] === 'monitor');
}
