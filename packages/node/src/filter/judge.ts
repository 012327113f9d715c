/**
 * Decides about a name. A rule for a name covers everything below it. In this order:
 *
 * 1. Of the owner's rules and the signals that match, the one for the longest name decides. For the same name, allow wins over the
 *    signal, and the signal over block.
 * 2. If none matches, the table decides: any of its names at or above the one asked for, in a category that is on.
 *
 * So an owner's rule beats the table wherever it stands: allowing `example.com` frees `ads.example.com` of the table, and blocking
 * `ads.example.com` blocks it although `example.com` is allowed.
 */

import { type BlockTable, CATEGORIES, hashName, hashSuffixes } from '@lethe/core/block-table';
import type { FilterChoices } from '@lethe/core/filter';
import { RuleTable } from './rule-table.ts';

export type Verdict = 'pass' | 'allowed' | 'blocked' | 'signal-nxdomain' | 'signal-nodata';

/**
 * Names whose answer tells a program not to resolve past the network: Firefox (its canary domain), iCloud Private Relay, and the
 * discovery of encrypted resolvers (RFC 9462). They are answered the same whatever the owner chose for blocked names: an address, even
 * 0.0.0.0, would mean the opposite.
 */
const SIGNALS: readonly (readonly [string, Verdict])[] = [
  ['use-application-dns.net', 'signal-nxdomain'],
  ['mask.icloud.com', 'signal-nxdomain'],
  ['mask-h2.icloud.com', 'signal-nxdomain'],
  ['_dns.resolver.arpa', 'signal-nodata'],
];

/** Longest name: 127 labels of one byte. */
const MAX_LABELS = 128;

export class Judge {
  readonly #table: BlockTable | null;
  readonly #mask: number;
  readonly #rules: RuleTable<Verdict> = new RuleTable<Verdict>();
  /** Hashes of the name looked at. Overwritten after each. */
  readonly #hashes = new Uint32Array(2 * MAX_LABELS);
  readonly refusal: 'nxdomain' | 'zero';

  constructor(choices: FilterChoices, table: BlockTable | null) {
    this.#table = table;
    this.#mask = choices.categories.reduce((mask, category) => mask | (1 << CATEGORIES.indexOf(category)), 0);
    this.refusal = choices.answer;
    // The last one set for a name stays.
    for (const name of choices.block) this.#rules.set(hashName(name), 'blocked');
    if (choices.signals) for (const [name, verdict] of SIGNALS) this.#rules.set(hashName(name), verdict);
    for (const name of choices.allow) this.#rules.set(hashName(name), 'allowed');
  }

  /** The verdict on a well-formed name in wire format, without compression, that begins at `offset`. */
  judge(bytes: Uint8Array, offset: number): Verdict {
    const hashes = this.#hashes;
    const labels = hashSuffixes(bytes, offset, hashes);
    let verdict: Verdict | undefined;
    let inTable = false;
    // From the whole name upwards; the hashes begin with the last label.
    for (let index = labels - 1; index >= 0 && verdict === undefined; index -= 1) {
      const high = hashes[2 * index]!;
      const low = hashes[2 * index + 1]!;
      verdict = this.#rules.get(high, low);
      inTable ||= this.#table !== null && this.#mask !== 0 && this.#table.lookup(high, low, this.#mask) !== 0;
    }
    hashes.fill(0, 0, 2 * labels);
    return verdict ?? (inTable ? 'blocked' : 'pass');
  }
}
