/** Starts the resolver, adopts a running one, and makes sure that it answers. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { answersDns } from './dns/answers.ts';
import { PLACES } from './places.ts';
import { RESOLVER, unboundConfig } from './resolver.ts';
import { startService } from './run.ts';
import { waitFor } from './wait.ts';

const START_LIMIT_MS = 30_000;

export interface RunningResolver {
  /** Waits until it answers. Throws if it ends or does not answer in time. */
  answers(): Promise<void>;
}

/** The process id in Unbound's pid file, if that process is still Unbound. */
export function resolverPid(): number | null {
  try {
    const pid = Number(readFileSync(PLACES.resolverPid, 'utf8'));
    return Number.isInteger(pid) && pid > 1 && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'unbound\n' ? pid : null;
  } catch {
    return null;
  }
}

/**
 * Makes sure that a resolver with these trust anchors runs. One that runs with the same configuration is left alone; one with
 * another is ended first. Returns once the process is started. Throws if there is no trust anchor.
 */
export async function startResolver(rootAnchors: readonly string[] | null): Promise<RunningResolver> {
  const config = unboundConfig({
    pidFile: PLACES.resolverPid,
    rootAnchors,
    anchorFile: PLACES.rootAnchor,
    hintsFile: existsSync(PLACES.rootHints) ? PLACES.rootHints : null,
  });
  if (!rootAnchors && !existsSync(PLACES.rootAnchor)) throw new Error('There is no trust anchor.');
  const running = resolverPid();
  if (running !== null) {
    if (hasConfig(config)) return { answers: () => untilAnswering(() => resolverPid() === null) };
    process.kill(running, 'SIGKILL');
    await waitFor(() => resolverPid() === null, START_LIMIT_MS);
  }
  writeFileSync(PLACES.resolverConfig, config, { mode: 0o600 });
  const unbound = startService('unbound', ['-d', '-c', PLACES.resolverConfig]);
  return { answers: () => untilAnswering(unbound.ended) };
}

const hasConfig = (config: string): boolean =>
  existsSync(PLACES.resolverConfig) && readFileSync(PLACES.resolverConfig, 'utf8') === config;

async function untilAnswering(ended: () => boolean): Promise<void> {
  await waitFor(async () => ended() || (await answersDns(RESOLVER.address, RESOLVER.port)), START_LIMIT_MS);
  if (ended()) throw new Error('The resolver ended.');
}

/** Ends the resolver, and with it everything that it remembers. */
export async function endResolver(): Promise<void> {
  const pid = resolverPid();
  if (pid === null) return;
  process.kill(pid, 'SIGKILL');
  await waitFor(() => resolverPid() === null, START_LIMIT_MS);
}
