/** Offline proofs (C2SP tlog-proof, draft as of 5ba5ee8): that an entry stands in a log, with the checkpoint that says so. */

import { fromBase64, fromUtf8, LetheError, toBase64, utf8 } from '@lethe/core';
import { HASH_SIZE, type Hash } from './merkle.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';

/** Longest proof that is read, bytes: 64 hashes and a checkpoint. */
const MAX_PROOF = 80_000;

export interface TlogProof {
  /** Number of the entry. */
  index: number;
  /** Sibling hashes, the leaf's own first. */
  hashes: Hash[];
  /** The checkpoint note, exactly as published. */
  checkpoint: Uint8Array<ArrayBuffer>;
  /** Bytes that nobody signed. Read and ignored. */
  extra?: Uint8Array<ArrayBuffer>;
}

/** The file's bytes. */
export function formatProof({ index, hashes, checkpoint, extra }: TlogProof): Uint8Array<ArrayBuffer> {
  const head = [
    HEADER,
    ...(extra?.length ? [`extra ${toBase64(extra)}`] : []),
    `index ${index}`,
    ...hashes.map(toBase64),
  ];
  return utf8(`${head.join('\n')}\n\n${fromUtf8(checkpoint)}`);
}

/** Parses a proof file. Throws `bad_proof`, `too_large`. */
export function parseProof(bytes: Uint8Array): TlogProof {
  if (bytes.length > MAX_PROOF) throw new LetheError('too_large', 'The proof is longer than 80,000 bytes.');
  const text = decodeText(bytes);
  const end = text.indexOf('\n\n');
  if (end < 0) throw badProof();
  const lines = text.slice(0, end).split('\n');
  if (lines.shift() !== HEADER) throw badProof();
  const extra = /^extra (\S+)$/.exec(lines[0] ?? '')?.[1];
  if (extra !== undefined) lines.shift();
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1];
  if (index === undefined || !Number.isSafeInteger(Number(index)) || lines.length > 63) throw badProof();
  return {
    index: Number(index),
    hashes: lines.map(decodeHash),
    checkpoint: utf8(text.slice(end + 2)),
    ...(extra === undefined ? {} : { extra: decode(extra) }),
  };
}

const badProof = (): LetheError => new LetheError('bad_proof', 'The file is not a tlog-proof.');

function decodeText(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw badProof();
  }
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64(text);
  } catch {
    throw badProof();
  }
}

function decodeHash(line: string): Hash {
  const hash = decode(line);
  if (hash.length !== HASH_SIZE) throw badProof();
  return hash;
}
