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

/** Starts the sink, connects the client and waits for its handshake. Throws with what failed; nothing is left then. */
export async function openCanary(options: CanaryOptions): Promise<Canary> {
  await using opened = new AsyncDisposableStack();
  const internet = options.internet ?? [];
  const sink = opened.use(
    new Talk([...internet, ...node, SINK, options.zone, ...options.addresses], 'The sink', options.signal),
  );
  const { ports } = await sink.next<{ ports: Omit<SinkPlace, 'zone' | 'addresses'> }>();
  const room = opened.use(await Room.open());
  const tunnel = opened.use(await connectClient(options.client, { room, internet }));
  const { resolvers } = tunnel;
  if (resolvers.length === 0)
    throw new LetheError('bad_request', 'The client is told no DNS server. Nothing was examined.');
  const traffic = opened.use(new Talk([...room.enter, ...node, TRAFFIC], 'The client’s traffic', options.signal));
  const plan = newPlan({ zone: options.zone, addresses: [...options.addresses], ...ports });
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
    seen: () => sink.ask<Seen>('seen'),
    own: () => (options.target === 'local' ? [process.pid, sink.pid, room.pid, traffic.pid, ...tunnel.pids()] : []),
    pace: options.pace,
    ssh: options.target === 'ssh',
    signal: options.signal,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
