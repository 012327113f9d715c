/** A process that appends and publishes without end and is killed at a durable step. Says on standard output what was acknowledged. */

import { writeSync } from 'node:fs';
import { Log } from '@lethe/control/proof/log/log';
import { entry, hooked, logFixture, type Step } from './fixture.ts';

const [directory, step, when, nth] = process.argv.slice(2) as [string, Step, 'before' | 'after', string];
const fixture = await logFixture(directory);
let left = Number(nth);
const options = hooked(fixture.options, (at, moment) => {
  if (at !== step || moment !== when) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
});
const log = await Log.open(options);
// Written before anything can kill us: a pipe keeps it.
const say = (text: string): void => void writeSync(1, `${text}\n`);
for (let n = log.head.size; ; ) {
  const indexes = await Promise.all(Array.from({ length: 100 }, (_, i) => log.append(entry(n + i))));
  n += 100;
  say(`acknowledged ${indexes.at(-1)}`);
  await options.store.publish(log.head.note);
  say(`published ${log.head.size} ${Buffer.from(log.head.root).toString('hex')}`);
}
