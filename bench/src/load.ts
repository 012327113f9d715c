/** Load through a network: TCP throughput with iperf3 and round trips with ping. */

import { PLACES, type TestInternet, until } from '@lethe/testkit';
import { median } from './statistics.ts';

/** Starts iperf3's server at the web place, for as long as the test internet lives. */
export function startSink(net: TestInternet): void {
  const child = net.spawn('web', 'iperf3', ['--server']);
  child.stdout!.resume();
  child.stderr!.resume();
}

/** One TCP stream from a client's namespace for some seconds. `down` is towards the client. Megabits per second at the receiver. */
export async function throughput(
  net: TestInternet,
  client: string,
  direction: 'up' | 'down',
  seconds: number,
): Promise<number> {
  const args = [
    '--client',
    PLACES.web.ipv4,
    '--json',
    '--time',
    `${seconds}`,
    ...(direction === 'down' ? ['--reverse'] : []),
  ];
  // The server takes one client at a time and needs a moment after each.
  return until('iperf3 has a result', async () => {
    const { stdout } = await net.exec(client, 'iperf3', args, { timeoutMs: (seconds + 60) * 1000, mayFail: true });
    const { end } = JSON.parse(stdout) as { end?: { sum_received?: { bits_per_second: number } } };
    return (end?.sum_received?.bits_per_second ?? 0) / 1e6;
  });
}

/** Median round trip from a client's namespace to the web place, in milliseconds. */
export async function latency(net: TestInternet, client: string, count: number): Promise<number> {
  const { medianMs } = await net.ping(client, PLACES.web.ipv4, { count, intervalMs: 3, waitS: 5 });
  return medianMs ?? Number.POSITIVE_INFINITY;
}

export type Kind = 'up' | 'down' | 'ping';

/** What is collected of one way through the network, run by run. */
export class Way {
  readonly up: number[] = [];
  readonly down: number[] = [];
  readonly ping: number[] = [];
  readonly name: string;
  readonly #net: TestInternet;
  readonly #client: string;

  constructor(name: string, net: TestInternet, client: string) {
    this.name = name;
    this.#net = net;
    this.#client = client;
  }

  async runOnce(kind: Kind, seconds: number, pings: number): Promise<void> {
    if (kind === 'ping') this.ping.push(await latency(this.#net, this.#client, pings));
    else this[kind].push(await throughput(this.#net, this.#client, kind, seconds));
  }

  medianOf(kind: Kind): number {
    return median(this[kind]);
  }

  /** This way's results divided by the other's of the same round: what drifts touches both alike. */
  ratiosTo(other: Way, kind: Kind): number[] {
    return this[kind].map((value, round) => value / other[kind][round]!);
  }
}
