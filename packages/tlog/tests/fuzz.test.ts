/**
 * Whatever bytes come in: a parser throws a LetheError with one of the codes it documents, or returns something that is written back
 * as the same bytes. So there is one spelling of everything that is signed or hashed, and nothing for two readers to disagree about.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, type ErrorCode, fromUtf8, utf8 } from '@lethe/core';
import fc from 'fast-check';
import { formatCheckpoint, parseCheckpoint } from '../src/checkpoint.ts';
import {
  formatNote,
  formatSignatureLine,
  formatVkey,
  noteKey,
  parseNote,
  parseSignatureLine,
  parseVkey,
} from '../src/note.ts';
import { hasQuorum, parsePolicy } from '../src/policy.ts';
import { formatProof, parseProof } from '../src/proof.ts';
import { encodeEntry, parseEntries, parseHashTile, parseTilePath, tilePath } from '../src/tiles.ts';
import { around } from './lib/mutations.ts';
import { unlessRefused } from './lib/refusals.ts';
import { signedCheckpoint, signedText, signer, witness } from './lib/signers.ts';

type Inputs = fc.Arbitrary<Uint8Array<ArrayBuffer>>;

const RUNS = { numRuns: 5000 };
const log = await signer('log.example', 1);
const wit = await witness('w.example', 11);
const note = await signedCheckpoint(log, 300, new Uint8Array(32).fill(7), [{ by: wit, at: 1_700_000_000 }]);

/** Runs a check on every input that is accepted, and demands that some are. */
function forAccepted<T>(
  inputs: Inputs,
  codes: readonly ErrorCode[],
  parse: (bytes: Uint8Array<ArrayBuffer>) => T | undefined,
  check: (value: T, bytes: Uint8Array<ArrayBuffer>) => void,
): void {
  let accepted = 0;
  fc.assert(
    fc.property(inputs, (bytes) => {
      const value = unlessRefused(codes, () => parse(bytes));
      if (value === undefined) return;
      accepted += 1;
      check(value, bytes);
    }),
    RUNS,
  );
  assert.ok(accepted > 10, `only ${accepted} inputs were accepted: the mutations miss the parser`);
}

/** Holds a parser against the bytes that its result is written back to. */
const heldTo = <T>(
  inputs: Inputs,
  codes: readonly ErrorCode[],
  parse: (bytes: Uint8Array<ArrayBuffer>) => T | undefined,
  format: (value: T) => Uint8Array,
): void => forAccepted(inputs, codes, parse, (value, bytes) => assert.deepEqual(new Uint8Array(format(value)), bytes));

/** Text for the parsers that take a string, as their callers get it out of UTF-8. */
const asText = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
const texts = (...valid: string[]): Inputs => around(...valid.map(utf8)).map((bytes) => utf8(asText(bytes)));

test('notes', async () => {
  const poem = await signedText('one\n\ntwo — é\n', [log]);
  heldTo(around(note, poem), ['bad_note', 'too_large'], parseNote, (value) => utf8(formatNote(value)));
});

test('signature lines', () => {
  const line = fromUtf8(note).trimEnd().split('\n').at(-1)!;
  heldTo(
    texts(line),
    ['bad_note'],
    (bytes) => parseSignatureLine(asText(bytes)),
    (value) => utf8(formatSignatureLine(value)),
  );
});

test('checkpoints', () => {
  const { text } = parseNote(note);
  heldTo(
    texts(text, `${text}one\ntwo\n`),
    ['bad_checkpoint'],
    (bytes) => parseCheckpoint(asText(bytes)),
    (value) => utf8(formatCheckpoint(value)),
  );
});

test('proofs', () => {
  const hashes = [1, 2, 3].map((n) => new Uint8Array(32).fill(n));
  const proof = formatProof({ index: 7, hashes, checkpoint: note, extra: utf8('extra') });
  const short = formatProof({ index: 70, hashes: hashes.slice(0, 1), checkpoint: utf8('note\n') });
  heldTo(around(proof, short), ['bad_proof', 'too_large'], parseProof, formatProof);
});

test('keys', () => {
  // The id is a hash of the rest, so hardly a mutation is a key again: names are changed before it is computed.
  const renamed = fc.array(fc.constantFrom('a', 'é', '/', '#', '—', '\ufeff', '\u00a0', '+', '\n')).map((letters) => {
    const name = letters.join('');
    return utf8(unlessRefused(['bad_policy'], () => formatVkey(noteKey(name, 1, log.key.publicKey))) ?? name);
  });
  heldTo(
    fc.oneof(texts(log.vkey, wit.vkey), renamed),
    ['bad_policy'],
    (bytes) => parseVkey(asText(bytes)),
    (key) => utf8(formatVkey(key)),
  );
});

test('bundles of entries', () => {
  const bundle = concat(...['', 'a', 'bc', 'x'.repeat(300)].map((text) => encodeEntry(utf8(text))));
  heldTo(
    around(bundle),
    ['bad_tile'],
    (bytes) => parseEntries(bytes, 4),
    (entries) => concat(...entries.map(encodeEntry)),
  );
});

test('tiles of hashes', () => {
  heldTo(
    fc.uint8Array({ minLength: 90, maxLength: 100 }).map((bytes) => new Uint8Array(bytes)),
    ['bad_tile'],
    (bytes) => parseHashTile(bytes, 3),
    (hashes) => concat(...hashes),
  );
});

test('paths of tiles', () => {
  heldTo(
    texts('tile/0/x001/x234/067', 'tile/entries/000.p/17'),
    [],
    (bytes) => parseTilePath(asText(bytes)),
    (tile) => utf8(tilePath(tile)),
  );
});

test('policies: what is accepted refers to itself only, and can be asked', () => {
  const policy = `# trust\nlog ${log.vkey} https://log.example/\nwitness A ${wit.vkey}\ngroup G 1 A\ngroup H all G\nquorum H\n`;
  forAccepted(texts(policy), ['bad_policy', 'too_large'], parsePolicy, (accepted) => {
    const names = [...accepted.witnesses, ...accepted.groups].map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { threshold, members } of accepted.groups) {
      assert.ok(threshold >= 1 && threshold <= members.length);
      assert.ok(members.every((member) => names.includes(member)));
    }
    assert.ok(accepted.quorum === 'none' || names.includes(accepted.quorum));
    assert.ok(hasQuorum(accepted, new Set(accepted.witnesses.map(({ name }) => name))));
    assert.equal(hasQuorum(accepted, new Set()), accepted.quorum === 'none');
  });
});

test('random bytes are no policy', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.equal(
        unlessRefused(['bad_policy'], () => parsePolicy(bytes)),
        undefined,
      );
    }),
    RUNS,
  );
});
