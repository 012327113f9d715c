/**
 * Lethe's filter beside other ways to block a million domains: Unbound with a response policy zone, Unbound with local zones, and
 * dnsmasq, in one namespace and one run. Behind the filter and dnsmasq is one more Unbound, as on a server. Everything that is passed
 * is in a cache, so that the programs are measured and not a network.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import { buildImage } from '@lethe/image';
import { askFilter } from '@lethe/node/filter/ask';
import { requireTools, TestInternet } from '@lethe/testkit';
import type { Bench, BenchContext, Measurement } from '../bench.ts';
import { latencies, type Target, throughput } from '../dns/dnsperf.ts';
import { DOMAINS, type Lists, LOADS, type Load, writeLists } from '../dns/list.ts';
import { CONTENDERS, type Contender, PORTS, Programs, type Running } from '../dns/programs.ts';
import { memoryOf } from '../memory.ts';
import { order as inTurn, median, percentile } from '../statistics.ts';

const ROUNDS = 5;
const SECONDS = 2;
/** Far below what any of them can do. */
const LATENCY_RATE = 2000;
/** So slow that no question waits for another: what remains is the way through one more program. */
const ADDED_RATE = 500;
const NAMESPACE = 'dns';

export const bench: Bench = {
  description: `a filter with ${DOMAINS / 1e6} million domains: medians of alternating rounds, one core or less for each program`,
  async run(context) {
    requireTools('dnsperf', 'dnsmasq', 'unbound', 'dig');
    const image = await buildImage({ onProgress: context.progress });
    await using net = await TestInternet.create({ clients: [{ name: NAMESPACE, ipv4: true, ipv6: true }] });
    context.progress(`writing lists of ${DOMAINS} domains`);
    const filterDirectory = join(net.directory, 'filter');
    mkdirSync(filterDirectory);
    const lists = await writeLists(net.directory, filterDirectory);
    const programs = new Programs(net, NAMESPACE);
    await programs.startResolvers();
    const start: Record<Contender, () => Promise<Running>> = {
      lethe: () => programs.lethe(image, lists),
      rpz: () => programs.rpz(lists),
      local_zone: () => programs.localZone(lists),
      dnsmasq: () => programs.dnsmasq(lists),
    };
    const running = {} as Record<Contender, Running>;
    for (const name of CONTENDERS) {
      context.progress(`starting ${name}`);
      running[name] = await start[name]();
    }
    const rounds = new Rounds(net, lists);
    const count = context.rounds ?? ROUNDS;
    for (let round = 0; round < count; round += 1) {
      context.progress(`round ${round + 1} of ${count}`);
      await rounds.runOnce(round);
    }
    return report(rounds, running, context);
  },
};

/** What the rounds bring, by metric. */
class Rounds {
  readonly #net: TestInternet;
  readonly #lists: Lists;
  readonly #values = new Map<string, number[]>();

  constructor(net: TestInternet, lists: Lists) {
    this.#net = net;
    this.#lists = lists;
  }

  /** Each measurement for each program in turn; the order turns around with every round. */
  async runOnce(round: number): Promise<void> {
    const order = round % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed();
    for (const load of LOADS) {
      for (const name of order)
        this.#add(`${name}_${load}_qps`, await throughput(this.#target(PORTS[name], load), SECONDS));
    }
    for (const name of order) {
      const sorted = await latencies(this.#target(PORTS[name], 'mixed'), LATENCY_RATE, SECONDS);
      this.#add(`${name}_p50_ms`, percentile(sorted, 0.5));
      this.#add(`${name}_p99_ms`, percentile(sorted, 0.99));
    }
    for (const name of inTurn<keyof typeof PORTS>(round, 'lethe', 'resolver')) {
      const sorted = await latencies(this.#target(PORTS[name], 'cached'), ADDED_RATE, SECONDS);
      this.#add(`${name}_alone_p50_ms`, percentile(sorted, 0.5));
    }
    this.#add('load_s', await this.#load());
  }

  /** Seconds in which the running filter takes the table again, with all of its checks. */
  async #load(): Promise<number> {
    const startedAt = performance.now();
    const { type } = await askFilter(join(this.#lists.filterDirectory, 'control.sock'), { type: 'load' });
    if (type !== 'loaded') throw new LetheError('internal', 'The filter refused the table. Nothing was measured.');
    return (performance.now() - startedAt) / 1000;
  }

  of(metric: string): number[] {
    return this.#values.get(metric) ?? [];
  }

  medianOf(metric: string): number {
    return median(this.of(metric));
  }

  #add(metric: string, value: number): void {
    this.#values.set(metric, [...this.of(metric), value]);
  }

  #target(port: number, load: Load): Target {
    return { net: this.#net, namespace: NAMESPACE, port, questions: this.#lists.questions[load] };
  }
}

/** Median over the rounds of one value divided by (or less) the other of the same round. */
const paired = (ours: readonly number[], theirs: readonly number[], with_: (a: number, b: number) => number): number =>
  median(ours.map((value, round) => with_(value, theirs[round]!)));

function report(rounds: Rounds, running: Record<Contender, Running>, { progress }: BenchContext): Measurement[] {
  progress('measuring memory');
  // After all the load and reloads.
  const rss = (name: Contender): number => memoryOf([running[name].pid]).rss;
  const results: Measurement[] = [
    { metric: 'filter_mixed_qps', value: rounds.medianOf('lethe_mixed_qps'), unit: '/s' },
    { metric: 'filter_blocked_qps', value: rounds.medianOf('lethe_blocked_qps'), unit: '/s' },
    { metric: 'filter_cached_qps', value: rounds.medianOf('lethe_cached_qps'), unit: '/s' },
    { metric: 'filter_rss_mb', value: rss('lethe'), unit: 'MB' },
    { metric: 'filter_load_s', value: rounds.medianOf('load_s'), unit: 's' },
    { metric: 'filter_start_s', value: running.lethe.startSeconds, unit: 's' },
    {
      metric: 'filter_added_p50_ms',
      value: paired(rounds.of('lethe_alone_p50_ms'), rounds.of('resolver_alone_p50_ms'), (a, b) => a - b),
      unit: 'ms',
    },
    { metric: 'filter_p50_ms', value: rounds.medianOf('lethe_p50_ms'), unit: 'ms' },
    { metric: 'filter_p99_ms', value: rounds.medianOf('lethe_p99_ms'), unit: 'ms' },
    {
      metric: 'qps_vs_dnsmasq_ratio',
      value: paired(rounds.of('lethe_mixed_qps'), rounds.of('dnsmasq_mixed_qps'), (a, b) => a / b),
      unit: 'x',
    },
    { metric: 'rss_vs_rpz_ratio', value: rss('lethe') / rss('rpz'), unit: 'x' },
  ];
  for (const name of CONTENDERS.filter((contender) => contender !== 'lethe')) {
    for (const load of LOADS)
      results.push({ metric: `${name}_${load}_qps`, value: rounds.medianOf(`${name}_${load}_qps`), unit: '/s' });
    for (const share of ['p50', 'p99'])
      results.push({ metric: `${name}_${share}_ms`, value: rounds.medianOf(`${name}_${share}_ms`), unit: 'ms' });
    results.push({ metric: `${name}_rss_mb`, value: rss(name), unit: 'MB' });
    results.push({ metric: `${name}_load_s`, value: running[name].startSeconds, unit: 's' });
  }
  return results;
}
