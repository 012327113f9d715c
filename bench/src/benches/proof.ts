/**
 * The log: appends with fsync and a proof for each entry, memory at a million entries, and full verifications in Node and in the browser.
 * The watch: from a change that no release explains to its alarm, and what watching costs.
 *
 * Tessera publishes more than 1,500 appends a second on a small cloud machine, and about 10,000 on NVMe with 7 cores
 * (docs/performance.md there); it cannot be run here, so those numbers stand for it.
 */

import { utf8 } from '@lethe/core';
import { formatProof, proveInclusion } from '@lethe/tlog';
import type { Bench, BenchContext, Measurement } from '../bench.ts';
import { measureDrift } from '../proof/drift.ts';
import { browserVerification } from '../proof/in-browser.ts';
import { type Million, openMillion, type SignedRelease } from '../proof/million.ts';
import { type Input, timeVerification } from '../proof/verify-once.ts';
import { measureWatchCost } from '../proof/watch-cost.ts';
import { median } from '../statistics.ts';

const MILLION = 1_000_000;
const BATCH = 2048;
/** Entries that get a proof each, and their bytes: those of a small release. */
const PROVEN = 40_960;
const ENTRY_BYTES = 1500;
const TESSERA_SMALL = 1500;
const ROUNDS = 30;

export const bench: Bench = {
  description:
    'a log of a million entries: appends, memory, verification; changes to a server, and how long until their alarm',
  async run(context) {
    await using million = await openMillion();
    await million.log.append(million.rootEnvelope);
    const perSecond = await appendsWithProofs(million, context);
    await fill(million, context);
    const rssMb = process.resourceUsage().maxRSS / 1000;
    context.progress('verifying');
    const signed = await million.release();
    return [
      { metric: 'appends_per_s', value: perSecond, unit: '/s' },
      { metric: 'appends_vs_tessera_small_ratio', value: perSecond / TESSERA_SMALL, unit: '×' },
      { metric: 'log_1e6_rss_mb', value: rssMb, unit: 'MB' },
      ...(await verification(signed, context)),
      ...(await measureDrift(context)),
      ...(await measureWatchCost(context)),
    ];
  },
};

const entry = (n: number, bytes: number): Uint8Array => utf8(`${n} `.padEnd(bytes, 'x'));

/** Entries a second, each durable and with its proof file made. */
async function appendsWithProofs({ log }: Million, context: BenchContext): Promise<number> {
  const startedAt = performance.now();
  for (let done = 0; done < PROVEN; done += BATCH) {
    context.progress(`appending with proofs: ${done} of ${PROVEN}`);
    const indexes = await Promise.all(
      Array.from({ length: BATCH }, (_, i) => log.append(entry(done + i, ENTRY_BYTES))),
    );
    const hashes = log.hashes(log.head.size);
    for (const index of indexes)
      formatProof({ index, hashes: await proveInclusion(hashes, index), checkpoint: log.head.note });
  }
  return PROVEN / ((performance.now() - startedAt) / 1000);
}

/** Fills the log up to a million entries. */
async function fill({ log }: Million, context: BenchContext): Promise<void> {
  for (let size = log.head.size; size < MILLION - 1; size = log.head.size) {
    if (Math.floor(size / 100_000) !== Math.floor((size - 4096) / 100_000))
      context.progress(`filling: ${size} of ${MILLION}`);
    const count = Math.min(4096, MILLION - 1 - size);
    await Promise.all(Array.from({ length: count }, (_, i) => log.append(entry(size + i, 100))));
  }
}

async function verification(signed: SignedRelease, context: BenchContext): Promise<Measurement[]> {
  const input: Input = {
    policy: utf8(signed.policy),
    rootEnvelope: signed.rootEnvelope,
    envelope: signed.release.envelope,
    proof: signed.release.proof,
    now: signed.now,
  };
  const rounds = context.rounds ?? ROUNDS;
  const times: { coldMs: number; warmMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timeVerification(input));
  context.progress('verifying in the browser');
  return [
    { metric: 'verify_node_ms', value: median(times.map(({ coldMs }) => coldMs)), unit: 'ms' },
    { metric: 'verify_node_known_keys_ms', value: median(times.map(({ warmMs }) => warmMs)), unit: 'ms' },
    { metric: 'verify_browser_ms', value: await browserVerification(input, rounds), unit: 'ms' },
    { metric: 'bundle_overhead_kb', value: input.proof.length / 1000, unit: 'kB' },
  ];
}
