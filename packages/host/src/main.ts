/**
 * Entry of the host process. Its configuration is the first message from its parent, its progress and its end go back the same way, in
 * fixed words. It writes nothing anywhere else.
 *
 * SIGTERM, SIGINT or the end of the parent stop it: all machines end. After `kill -9` the machines go on and the next start adopts them.
 */

import { type Engine, LetheError } from '@lethe/core';
import { parseHostConfig } from './config.ts';
import { openEngines } from './engines.ts';
import { type Host, startHost } from './host.ts';
import { PROGRESS } from './progress.ts';

/** What the parent hears. `fatal` is the last word. */
type ToParent =
  | { type: 'ready'; engine: string; capabilities: unknown }
  | { type: 'progress'; text: string }
  | { type: 'fatal'; code: string; message: string };

const say = (message: ToParent): void => {
  if (process.connected) process.send?.(message, () => {});
};

/** Runs the host until it is told to stop. `engines` stands in for those of this machine, for tests. */
export async function main(engines?: (config: ReturnType<typeof parseHostConfig>) => Promise<Engine[]>): Promise<void> {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  process.on('disconnect', () => stop.abort());
  // What an error carries may name things that are nobody's business: only its kind is told.
  process.on('uncaughtException', () => end(new Error()));
  process.removeAllListeners('warning');

  let host: Host | undefined;
  try {
    if (process.getuid?.() !== 0) {
      throw new LetheError(
        'not_root',
        'The host process makes network interfaces and machines, which needs root. Nothing was started.',
      );
    }
    const config = parseHostConfig(await firstMessage(stop.signal));
    say({ type: 'progress', text: PROGRESS.engines });
    host = await startHost(config, {
      engines: await (engines ?? openEngines)(config),
      signal: stop.signal,
      onProgress: (text) => say({ type: 'progress', text }),
    });
    say({ type: 'ready', engine: host.engine, capabilities: host.capabilities });
    try {
      await Promise.race([stopped, host.ended]);
    } finally {
      await host.stop();
    }
    process.exitCode = 0;
  } catch (error) {
    // Called off while it was starting: that is no error.
    return end(stop.signal.aborted && !host ? null : error);
  }
  leave();
}

const firstMessage = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve, reject) => {
    process.once('message', resolve);
    signal.addEventListener('abort', reject, { once: true });
  });

function end(error: unknown): void {
  if (error instanceof LetheError) say({ type: 'fatal', code: error.code, message: error.message });
  else if (error)
    say({
      type: 'fatal',
      code: 'internal',
      message: 'The host process met an error that it does not know. Its next start finds what it left.',
    });
  process.exitCode = error ? 1 : 0;
  leave();
}

/** Leaves once the last word is out. */
function leave(): void {
  if (process.connected) process.disconnect?.();
  setImmediate(() => process.exit());
}

if (import.meta.main) await main();
