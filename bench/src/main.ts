/** Program: `npm run bench -- NAME [--json] [--engine E] [--rounds N]`. Exit status 1 if a goal is missed or not answered. */

import { readdirSync } from 'node:fs';
import { parseArgs, styleText } from 'node:util';
import { LetheError } from '@lethe/core';
import type { Bench, BenchContext } from './bench.ts';
import { type Judged, judge, unanswered } from './goals.ts';
import { machineLine } from './machine.ts';

const names = readdirSync(new URL('./benches', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof LetheError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, engine: { type: 'string' }, rounds: { type: 'string' } },
  });
  const [name] = positionals;
  if (name === undefined || !names.includes(name) || positionals.length > 1) {
    console.error(`Usage: npm run bench -- NAME [--json] [--engine E] [--rounds N]\nNames: ${names.join(', ')}`);
    return 2;
  }
  const { bench } = (await import(`./benches/${name}.ts`)) as { bench: Bench };
  const context: BenchContext = {
    progress: (text) => process.stderr.write(`${styleText('dim', text, { stream: process.stderr })}\n`),
    engine: values.engine ?? null,
    rounds: values.rounds === undefined ? null : Math.max(1, Number(values.rounds)),
  };
  const machine = machineLine();
  const results = judge(name, await bench.run(context));
  const missing = values.engine === undefined ? unanswered(name, results) : [];
  if (values.json === true) process.stdout.write(`${JSON.stringify({ name, machine, results })}\n`);
  else print(name, bench, machine, results);
  for (const metric of missing) console.error(`No result for the goal ${metric}.`);
  return missing.length > 0 || results.some((result) => result.ok === false) ? 1 : 0;
}

function print(name: string, bench: Bench, machine: string, results: Judged[]): void {
  const width = Math.max(...results.map((result) => result.metric.length));
  console.log(`${name}: ${bench.description}\n${machine}\n`);
  for (const { metric, value, unit, goal, ok, interval } of results) {
    const number = `${round(value)} ${unit}`.padStart(16);
    const verdict = goal === null ? '' : `  ${goal}  ${ok ? styleText('green', 'ok') : styleText('red', 'MISSED')}`;
    const within = interval ? `  (95 %: ${interval.map(round).join(' to ')})` : '';
    console.log(`${metric.padEnd(width)} ${number}${verdict}${within}`);
  }
}

/** Three significant digits, whole numbers whole. */
function round(value: number): string {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}
