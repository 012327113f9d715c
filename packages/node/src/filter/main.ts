/** Entry of the filter: a program of its own, run as its own user. See `readArguments` for what it may be told. */

import { readArguments } from './arguments.ts';
import { Filter } from './filter.ts';
import { unmapFilePages } from './lean.ts';

/** Seldom enough that mapping again what is in use costs nothing. */
const LEAN_MS = 30_000;

/** A server says nothing but what its protocol has words for. The agent starts a filter that ended again. */
function stayQuiet(): void {
  process.removeAllListeners('warning');
  process.on('uncaughtException', () => process.kill(process.pid, 'SIGKILL'));
}

/** Gives up root for good, before the first packet is read. The code is loaded by then: the user need not be able to read it. */
function become(user: number): void {
  process.setgroups!([]);
  process.setgid!(user);
  process.setuid!(user);
}

stayQuiet();
const given = readArguments(process.argv.slice(2));
if (given.user !== null) become(given.user);
const filter = await Filter.start(given);
unmapFilePages();
setInterval(() => {
  if (filter.wasBusy()) unmapFilePages();
}, LEAN_MS);
