/** Both ends of a canary run: a client behind the tunnel of a .conf, and the sink on the internet side of it. */

import { fileURLToPath } from 'node:url';
import {
  type CanaryPlan,
  type CanaryRun,
  newPlan,
  type Pace,
  type Seen,
  type SinkPlace,
  type Target,
  type TrafficAnswer,
} from '@lethe/audit/audit';
import { startSink } from '@lethe/audit/sink/sink';
import { LetheError } from '@lethe/core/errors';
import { type ClientFile, connectClient } from './client.ts';
import { type Enter, Room } from './room.ts';
import { Talk } from './talk.ts';

const TRAFFIC = fileURLToPath(import.meta.resolve('@lethe/audit/canary/traffic-main'));
const SINK = fileURLToPath(import.meta.resolve('@lethe/audit/sink/sink-main'));
const node = [process.execPath, '--disable-warning=ExperimentalWarning'];

export interface CanaryOptions {
  client: ClientFile;
  zone: string;
  /** Of the sink: the machine it runs on has them, and the zone is delegated to them. */
  addresses: readonly string[];
  /** Network of the sink and of what the client sends encrypted; this machine's by default. */
  internet?: Enter;
  /** The address that the target sees the client at, if it is known. */
  outer?: string;
  pace: Pace;
  /** How the target is reached: if it is this machine, what runs here for the audit is not the target's. */
  target: Target['kind'];
  /** Done in the client's network too, while marked traffic is sent. */
  also?: (plan: CanaryPlan, room: Room) => Promise<void>;
  signal?: AbortSignal;
}

export type Canary = CanaryRun & AsyncDisposable;

/** Starts the sink, connects the client. Throws with what failed; nothing is left then. */
export async function openCanary(options: CanaryOptions): Promise<Canary> {
  await using opened = new AsyncDisposableStack();
  const internet = options.internet ?? [];
  const sink = opened.use(await openSink(options, internet));
  const room = opened.use(await Room.open());
  const tunnel = opened.use(await connectClient(options.client, { room, internet }));
  const { resolvers } = tunnel;
  if (resolvers.length === 0)
    throw new LetheError('bad_request', 'The client is told no DNS server. Nothing was examined.');
  const traffic = opened.use(new Talk([...room.enter, ...node, TRAFFIC], 'The client’s traffic', options.signal));
  const plan = newPlan({ zone: options.zone, addresses: [...options.addresses], ...sink.ports });
  const stack = opened.move();
  return {
    plan,
    client: {
      resolvers,
      identity: () => tunnel.identity(options.outer ?? null),
      order: async (order) => {
        const [answer] = await Promise.all([
          traffic.ask<TrafficAnswer>(JSON.stringify(order)),
          order.do === 'marks' ? options.also?.(plan, room) : undefined,
        ]);
        return answer;
      },
    },
    leave: async () => {
      await traffic[Symbol.asyncDispose]();
      await tunnel[Symbol.asyncDispose]();
    },
    seen: () => sink.seen(),
    own: () => (options.target === 'local' ? [process.pid, ...sink.pids, room.pid, traffic.pid, ...tunnel.pids()] : []),
    pace: options.pace,
    ssh: options.target === 'ssh',
    signal: options.signal,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Ports = Omit<SinkPlace, 'zone' | 'addresses'>;

interface OpenSink extends AsyncDisposable {
  ports: Ports;
  pids: number[];
  seen(): Promise<Seen>;
}

/** In this process where it is in the right network; else in one of its own there. */
async function openSink({ zone, addresses, signal }: CanaryOptions, internet: Enter): Promise<OpenSink> {
  if (internet.length === 0) {
    const sink = await startSink({ zone, addresses });
    return {
      ports: sink.ports,
      pids: [],
      seen: () => Promise.resolve(sink.seen()),
      [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
    };
  }
  const talk = new Talk([...internet, ...node, SINK, zone, ...addresses], 'The sink', signal);
  try {
    const { ports } = await talk.next<{ ports: Ports }>();
    return {
      ports,
      pids: [talk.pid],
      seen: () => talk.ask<Seen>('seen'),
      [Symbol.asyncDispose]: () => talk[Symbol.asyncDispose](),
    };
  } catch (error) {
    await talk[Symbol.asyncDispose]();
    throw error;
  }
}
