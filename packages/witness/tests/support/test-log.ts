/** A small log in memory whose proofs are made straight from RFC 6962 section 2.1.2, apart from the code under test. */

import { createHash } from 'node:crypto';
import { newSigningSeed, type Secret, signingPublicKey, utf8 } from '@lethe/core';
import {
  formatCheckpoint,
  formatNote,
  type Hash,
  leafHash,
  type NoteKey,
  nodeHash,
  noteKey,
  signText,
} from '@lethe/tlog';
import { type AddCheckpoint, formatRequest } from '../../src/request.ts';

interface Signer {
  key: NoteKey;
  seed: Secret;
}

export class TestLog {
  readonly signer: Signer;
  readonly leaves: Hash[];

  constructor(signer: Signer, leaves: Hash[] = []) {
    this.signer = signer;
    this.leaves = leaves;
  }

  static async create(origin = 'log.example', size = 0): Promise<TestLog> {
    return new TestLog(await newSigner(origin)).grow(size);
  }

  get key(): NoteKey {
    return this.signer.key;
  }

  get size(): number {
    return this.leaves.length;
  }

  /** Appends entries; `branch` makes them others than those of another branch. */
  grow(count: number, branch = 'main'): this {
    for (let i = 0; i < count; i += 1) this.leaves.push(leafHash(utf8(`${branch} ${this.size}`)));
    return this;
  }

  /** A log with the same key and the first entries, which goes its own way. */
  fork(size: number): TestLog {
    return new TestLog(this.signer, this.leaves.slice(0, size));
  }

  root(size = this.size): Hash {
    return treeHash(this.leaves.slice(0, size));
  }

  /** The checkpoint's note. */
  async checkpoint(
    size = this.size,
    change: { root?: Hash; extensions?: string[]; signer?: Signer } = {},
  ): Promise<Uint8Array> {
    const { key, seed } = change.signer ?? this.signer;
    const { root = this.root(size), extensions = [] } = change;
    const text = formatCheckpoint({ origin: this.key.name, size, root, extensions });
    return utf8(formatNote({ text, signatures: [await signText(text, key, seed)] }));
  }

  /** What is asked of a witness that has cosigned `old`. */
  async question(old: number, size = this.size): Promise<AddCheckpoint> {
    const proof = old === 0 || old > size ? [] : subProof(old, this.leaves.slice(0, size), true);
    return { old, proof, checkpoint: await this.checkpoint(size) };
  }

  async body(old: number, size = this.size): Promise<Uint8Array<ArrayBuffer>> {
    return formatRequest(await this.question(old, size));
  }
}

export async function newSigner(origin: string): Promise<Signer> {
  const seed = newSigningSeed('log-sign');
  return { seed, key: noteKey(origin, 1, await signingPublicKey(seed)) };
}

const half = (count: number): number => 2 ** Math.ceil(Math.log2(count) - 1);

function treeHash(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return createHash('sha256').digest();
  if (leaves.length === 1) return leaves[0]!;
  const k = half(leaves.length);
  return nodeHash(treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

function subProof(m: number, leaves: readonly Hash[], whole: boolean): Hash[] {
  if (m === leaves.length) return whole ? [] : [treeHash(leaves)];
  const k = half(leaves.length);
  return m <= k
    ? [...subProof(m, leaves.slice(0, k), whole), treeHash(leaves.slice(k))]
    : [...subProof(m - k, leaves.slice(k), false), treeHash(leaves.slice(0, k))];
}
