/**
 * The program that runs behind the tunnel, in the client's network: does what the lines of its standard input say, one JSON object each,
 * and answers each with one line. It ends with its input.
 */

import { createInterface } from 'node:readline';
import type { CanaryPlan, Sent } from './plan.ts';
import { sendMarked, sendPattern } from './traffic.ts';

export type TrafficOrder =
  | { do: 'marks'; plan: CanaryPlan; resolvers: string[] }
  | { do: 'pattern'; plan: CanaryPlan; resolvers: string[]; pattern: boolean[]; symbolMs: number };
export type TrafficAnswer = { sent: Sent } | { done: true };

async function obey(order: TrafficOrder): Promise<TrafficAnswer> {
  if (order.do === 'marks') return { sent: await sendMarked(order.plan, order.resolvers) };
  await sendPattern(order.plan, order.resolvers, order.pattern, order.symbolMs);
  return { done: true };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await obey(JSON.parse(line) as TrafficOrder))}\n`);
}
process.exit(0);
