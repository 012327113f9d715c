/** What the auditor's client does behind the tunnel: lookups, a page, a TLS hello, datagrams. Nothing here throws for a missing answer. */

import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import dnsPacket from 'dns-packet';
import { type CanaryPlan, lookupsOf, type Sent } from './plan.ts';

const LIMIT_MS = 5000;

/** Sends everything once. `resolvers` are those of the client's configuration. */
export async function sendMarked(plan: CanaryPlan, resolvers: readonly string[]): Promise<Sent> {
  const { lookup, others } = lookupsOf(plan);
  const { words, sink } = plan;
  const resolver = resolvers[0];
  const ask = (name: string): Promise<boolean> =>
    resolver === undefined ? Promise.resolve(false) : resolve(resolver, name, LIMIT_MS);
  // Nobody may answer these: they are sent, and not waited for.
  for (const name of others) void ask(name);
  const [answered] = await Promise.all([
    ask(lookup),
    ...sink.addresses.map((address) => hello(address, sink.tls, `${words.sni}.ok.${sink.zone}`)),
  ]);
  const pages = await Promise.all(
    sink.addresses.map((address) =>
      page(address, sink.http, {
        host: `${words.host}.ok.${sink.zone}`,
        path: `/${words.path}`,
        agent: `Mozilla/5.0 ${words.agent}`,
      }),
    ),
  );
  const echoes = await Promise.all(sink.addresses.map((address) => datagram(address, sink.udp, words.datagram)));
  return { lookup: answered, page: pages.includes(true), datagram: echoes.includes(true) };
}

/** Bursts of one symbol, evenly over it: what is counted in a part of a symbol is then that part of it. */
const BURSTS = 4;

/** Lookups of fresh names, a page and datagrams. */
async function burst(plan: CanaryPlan, resolvers: readonly string[]): Promise<void> {
  const { sink } = plan;
  const fresh = randomBytes(6).toString('hex');
  const [resolver] = resolvers;
  const [address] = sink.addresses;
  await Promise.all([
    ...(resolver === undefined
      ? []
      : Array.from({ length: 3 }, (_, index) => resolve(resolver, `b${fresh}${index}.ok.${sink.zone}`, 400))),
    ...(address === undefined
      ? []
      : [
          page(address, sink.http, { host: `b${fresh}.ok.${sink.zone}`, path: '/', agent: 'canary' }),
          flood(address, sink.udp, 10),
        ]),
  ]);
}

/** Sends a pattern, one symbol after the other on a fixed beat. Resolves when it has ended. */
export async function sendPattern(
  plan: CanaryPlan,
  resolvers: readonly string[],
  pattern: readonly boolean[],
  symbolMs: number,
): Promise<void> {
  const began = performance.now();
  const parts = pattern.flatMap((on) => Array.from({ length: BURSTS }, () => on));
  for (const [index, on] of parts.entries()) {
    if (on) void burst(plan, resolvers).catch(() => {});
    await sleep(Math.max(0, began + ((index + 1) * symbolMs) / BURSTS - performance.now()));
  }
}

/** True if there was an answer with an address. */
function resolve(server: string, name: string, limitMs: number): Promise<boolean> {
  return exchange(server, limitMs, {
    port: 53,
    bytes: dnsPacket.encode({
      type: 'query',
      id: randomBytes(2).readUInt16BE(),
      flags: dnsPacket.RECURSION_DESIRED,
      questions: [{ type: isIPv6(server) ? 'AAAA' : 'A', name }],
    }),
    accept: (answer) => {
      try {
        return (dnsPacket.decode(answer).answers?.length ?? 0) > 0;
      } catch {
        return false;
      }
    },
  });
}

const datagram = (address: string, port: number, text: string): Promise<boolean> =>
  exchange(address, LIMIT_MS, { port, bytes: Buffer.from(`canary ${text} end`), accept: () => true });

interface Exchange {
  port: number;
  bytes: Buffer;
  accept: (answer: Buffer) => boolean;
}

/** One datagram there, one back. */
async function exchange(address: string, limitMs: number, { port, bytes, accept }: Exchange): Promise<boolean> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    return await new Promise<boolean>((done) => {
      const timer = setTimeout(() => done(false), limitMs);
      const finish = (value: boolean): void => {
        clearTimeout(timer);
        done(value);
      };
      socket.on('error', () => finish(false));
      socket.once('message', (answer) => finish(accept(answer)));
      socket.send(bytes, port, address);
    });
  } finally {
    socket.close();
  }
}

async function flood(address: string, port: number, count: number): Promise<void> {
  const socket: Socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('error', () => {});
  const bytes = randomBytes(1000);
  await Promise.all(
    Array.from({ length: count }, () => new Promise<void>((done) => socket.send(bytes, port, address, () => done()))),
  );
  socket.close();
}

function page(
  address: string,
  port: number,
  { host, path, agent }: { host: string; path: string; agent: string },
): Promise<boolean> {
  return new Promise((done) => {
    const request = get(
      {
        host: address,
        port,
        path,
        headers: { host, 'user-agent': agent },
        signal: AbortSignal.timeout(LIMIT_MS),
        agent: false,
      },
      (response) => {
        response.resume();
        response.once('end', () => done(true));
        response.on('error', () => done(false));
        response.once('close', () => done(false));
      },
    );
    request.on('error', () => done(false));
  });
}

/** A TLS hello with a server name; the sink reads it and ends the connection, which is an error here. */
function hello(address: string, port: number, servername: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: address, port, servername, rejectUnauthorized: false });
    const timer = setTimeout(() => end(), LIMIT_MS);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      done(true);
    };
    for (const event of ['error', 'close', 'secureConnect'] as const) socket.on(event, end);
  });
}
