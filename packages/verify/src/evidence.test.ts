import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CLAIM_IDS,
  type ClaimId,
  canonicalBytes,
  INSIDE_DECIDES,
  type Json,
  lettersOf,
  OUTSIDE_DECIDES,
  toHex,
} from '@lethe/core';
import { inclusionOfHashes, rootOfHashes } from '@lethe/tlog';
import fc from 'fast-check';
import { parseEnvelope } from './envelope.ts';
import {
  checkEvidence,
  type Evidence,
  type Opening,
  readEvidence,
  SLOTS,
  type SlotContent,
  slotLeaf,
  verifyOpening,
} from './evidence.ts';
import { evidenceEnvelope } from './make.ts';

const CLEAN = lettersOf(new Map([...INSIDE_DECIDES, ...OUTSIDE_DECIDES].map((claim): [ClaimId, 'c'] => [claim, 'c'])));
const content: SlotContent = {
  server: 'a'.repeat(32),
  begins: 7200,
  seconds: 3600,
  inside: CLEAN,
  signature: 'x',
  outside: CLEAN,
};
const blind = new Uint8Array(32).fill(7);

function made(
  slot = 5,
  change: Partial<Evidence> = {},
  inSlot: SlotContent = content,
): { evidence: Evidence; opening: Opening } {
  const hashes = Array.from({ length: SLOTS }, (_, place) => new Uint8Array(32).fill(place));
  hashes[slot] = new Uint8Array(slotLeaf(inSlot, blind));
  const evidence = {
    origin: 'vpn.example/log/1',
    cell: 'home',
    begins: 7200,
    seconds: 3600,
    slots: SLOTS,
    root: toHex(rootOfHashes(hashes)),
    contrary: [] as ClaimId[],
    untested: [] as ClaimId[],
    ...change,
  };
  const path = inclusionOfHashes(hashes, slot).map((hash) => Buffer.from(hash).toString('base64'));
  return { evidence, opening: { content: inSlot, blind: Buffer.from(blind).toString('base64'), slot, path } };
}

test('evidence is read as it was made, and an opening verifies at every slot', () => {
  const { evidence } = made();
  assert.deepEqual(readEvidence(parseEnvelope(evidenceEnvelope(evidence))), evidence);
  for (const slot of [0, 1, 511, 512, SLOTS - 1]) {
    const { opening, evidence: whole } = made(slot);
    verifyOpening(opening, whole);
  }
});

test('any change of an opening is refused', () => {
  const { evidence, opening } = made();
  const refused = (change: Partial<Opening>, other: Partial<Evidence> = {}) =>
    assert.throws(() => verifyOpening({ ...opening, ...change }, { ...evidence, ...other }), { code: 'bad_evidence' });
  refused({ slot: 6 });
  refused({ slot: SLOTS });
  refused({ path: opening.path.slice(1) });
  refused({ path: [...opening.path, opening.path[0]!] });
  refused({ blind: Buffer.alloc(32).toString('base64') });
  refused({ blind: '' });
  refused({ content: { ...content, server: 'b'.repeat(32) } });
  refused({}, { begins: 3600 });
  refused({}, { root: '0'.repeat(64) });
  fc.assert(
    fc.property(fc.nat(opening.path.length - 1), fc.uint8Array({ minLength: 32, maxLength: 32 }), (place, hash) => {
      refused({ path: opening.path.with(place, Buffer.from(hash).toString('base64')) });
    }),
  );
});

test('an entry that hides what stands in a slot is refused', () => {
  const gap = { ...content, inside: null, signature: null, outside: null };
  const untested: ClaimId[] = ['CL-04', 'CL-11', 'CL-13'];
  for (const slot of [gap, { ...content, outside: null }, { ...content, inside: '-'.repeat(CLAIM_IDS.length) }]) {
    const hidden = made(5, {}, slot);
    assert.throws(() => verifyOpening(hidden.opening, hidden.evidence), {
      code: 'bad_evidence',
      message: /not tested/,
    });
    const told = made(5, { untested }, slot);
    verifyOpening(told.opening, told.evidence);
  }
  const contrary = made(5, { untested }, { ...content, inside: `n${CLEAN.slice(1)}` });
  assert.throws(() => verifyOpening(contrary.opening, contrary.evidence), /CL-01/);
});

test('evidence that is none is refused', () => {
  const { evidence } = made();
  const bad: [keyof Evidence, unknown][] = [
    ['origin', 'two words'],
    ['cell', '-'],
    ['begins', 7201],
    ['seconds', 7],
    ['seconds', 86_401],
    ['slots', 512],
    ['slots', SLOTS + 1],
    ['root', 'zz'],
    ['contrary', ['CL-99']],
    ['contrary', ['CL-02', 'CL-01']],
    ['untested', ['CL-01', 'CL-01']],
    ['untested', [...CLAIM_IDS, 'CL-01']],
  ];
  for (const [field, value] of bad)
    assert.throws(
      () => checkEvidence({ ...evidence, [field]: value } as unknown as Json),
      { code: 'bad_evidence' },
      field,
    );
  assert.throws(() => checkEvidence({ ...evidence, servers: 12 } as unknown as Json), { code: 'bad_evidence' });
  const text = Buffer.from(canonicalBytes(evidence as unknown as Json)).toString();
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 3 }), (place, insert) => {
      let value: Json;
      try {
        value = JSON.parse(text.slice(0, place) + insert + text.slice(place)) as Json;
      } catch {
        return;
      }
      try {
        checkEvidence(value);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'bad_evidence');
      }
    }),
  );
});
