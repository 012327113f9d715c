/** Starts the resolver, adopts a running one, and makes sure that it answers. */

import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { slotAddresses, TUNNEL } from '@lethe/core/tunnel';
import { PLACES } from './places.ts';
import { unboundConfig } from './resolver.ts';
import { startService } from './run.ts';
import { waitFor } from './wait.ts';

const START_LIMIT_MS = 30_000;

export interface RunningResolver {
  /** Waits until it answers on both tunnel addresses. Throws if it ends or does not answer in time. */
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
 * another is ended first. Returns once the process is started, which may be before the tunnel has its addresses. Throws if there
 * is no trust anchor.
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
  const { ipv4, ipv6 } = slotAddresses(TUNNEL.serverSlot);
  await Promise.all(
    [ipv4, ipv6].map((address) => waitFor(async () => ended() || (await answers(address)), START_LIMIT_MS)),
  );
  if (ended()) throw new Error('The resolver ended.');
}

/** `localhost. IN A`: a name every resolver knows by itself, so that the check causes no lookup. Header, name, type, class. */
const QUESTION = Buffer.concat([
  Buffer.from('4c5401000001000000000000', 'hex'),
  Buffer.from('\tlocalhost\0'),
  Buffer.from('00010001', 'hex'),
]);
const ANSWER_WAIT_MS = 250;

/** True if the resolver at an address answers the built-in question. */
async function answers(address: string): Promise<boolean> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    const answered = new Promise<boolean>((resolve) => {
      socket.once('message', (message) => resolve(message.readUInt16BE(0) === QUESTION.readUInt16BE(0)));
      socket.once('error', () => resolve(false));
    });
    socket.send(QUESTION, 53, address, () => {});
    return await Promise.race([answered, sleep(ANSWER_WAIT_MS, false)]);
  } finally {
    socket.close();
  }
}
