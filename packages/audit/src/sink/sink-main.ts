/**
 * The sink as a program of its own, for whoever started it: says on one line that it is ready, answers each line `seen` of its input with
 * one line of what arrived, each `forget` by forgetting it, and ends with its input. Nothing that arrives is written anywhere else.
 * Arguments: the zone, then the addresses.
 */

import { createInterface } from 'node:readline';
import { LetheError } from '@lethe/core';
import { startSink } from './sink.ts';

const say = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);

async function serve([zone = '', ...addresses]: readonly string[]): Promise<void> {
  await using sink = await startSink({ zone, addresses });
  say({ ready: true, ports: sink.ports });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'forget') sink.forget();
    say(line === 'seen' ? sink.seen() : {});
  }
}

try {
  await serve(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof LetheError)) throw error;
  say({ error: { code: error.code, message: error.message } });
  process.exitCode = 1;
}
