/** Hostile documents: whatever comes, a verifier answers with one of its own refusals, never with another error, and never with yes. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { canonicalBytes, ERROR_STATUS, type Json, LetheError, utf8 } from '@lethe/core';
import { parsePolicy, readyPolicy } from '@lethe/tlog';
import {
  checkRelease,
  checkTrustRoot,
  mergeSignatures,
  openFirstRoot,
  parseEnvelope,
  type ReleaseInput,
  verifyRelease,
  walkRoots,
} from '@lethe/verify';
import fc from 'fast-check';
import { envelope, NOW, World } from './fixture.ts';

let world: World;
let input: ReleaseInput;
let roots: { envelope: Uint8Array; proof: Uint8Array }[];

before(async () => {
  world = await World.make();
  const root = await world.root(world.rootDocument(), world.persons.slice(0, 2));
  world.append(root);
  const release = await world.release(world.releaseDocument(), world.persons.slice(0, 2));
  world.append(release);
  roots = [{ envelope: root, proof: await world.proof(0) }];
  const current = await walkRoots(roots, await readyPolicy(parsePolicy(utf8(world.policy))));
  input = {
    envelope: release,
    proof: await world.proof(1),
    root: current.root,
    policies: [current.policy],
    now: NOW,
  };
});

/** The code of a refusal. Fails for any other error. */
async function refusal(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof LetheError, `not a refusal: ${String(error)}`);
    assert.ok(error.code in ERROR_STATUS && error.code !== 'internal', error.code);
    return error.code;
  }
}

/** Bytes with one to four bytes changed, a piece cut out, or a piece said twice. */
const mutated = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> => {
  const at = fc.nat(bytes.length - 1);
  const flips = fc.array(fc.tuple(at, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
  const pieces = fc.tuple(at, fc.integer({ min: 1, max: 80 }));
  return fc.oneof(
    flips.map((changes) => changes.reduce((all, [i, by]) => all.with(i, all[i]! ^ by), bytes)),
    pieces.map(([i, n]) => Buffer.concat([bytes.subarray(0, i), bytes.subarray(Math.min(bytes.length, i + n))])),
    pieces.map(([i, n]) => Buffer.concat([bytes.subarray(0, i + n), bytes.subarray(i)])),
  );
};

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

test('an envelope with any damage is refused with a code', async () => {
  await fc.assert(
    fc.asyncProperty(mutated(input.envelope), async (damaged) => {
      fc.pre(!same(damaged, input.envelope));
      assert.notEqual(await refusal(() => verifyRelease({ ...input, envelope: damaged })), undefined);
    }),
    { numRuns: 400 },
  );
});

test('a proof with any damage is refused with a code, or shows the same by what is left of it', async () => {
  // Lines of keys that nobody knows are ignored, as signed-note asks: damage can make one of them.
  await fc.assert(
    fc.asyncProperty(mutated(input.proof), async (damaged) => {
      await refusal(async () => {
        const { release, index, approvedBy } = await verifyRelease({ ...input, proof: damaged });
        assert.deepEqual([release.version, index, approvedBy.length], [1, 1, 2]);
      });
    }),
    { numRuns: 400 },
  );
});

test('a trust root with any damage is refused with a code', async () => {
  const policy = await readyPolicy(parsePolicy(utf8(world.policy)));
  const [root] = roots;
  await fc.assert(
    fc.asyncProperty(mutated(root!.envelope), async (damaged) => {
      fc.pre(!same(damaged, root!.envelope));
      assert.notEqual(await refusal(() => walkRoots([{ ...root!, envelope: damaged }], policy)), undefined);
    }),
    { numRuns: 200 },
  );
});

test('any JSON is a release, a trust root or a refusal', async () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
  const fields = fc.constantFrom(...Object.keys(world.releaseDocument()));
  const rootFields = fc.constantFrom(...Object.keys(world.rootDocument()));
  await fc.assert(
    fc.asyncProperty(json, fields, rootFields, async (value, field, rootField) => {
      const release = { ...world.releaseDocument(), [field]: value } as unknown as Json;
      const root = { ...world.rootDocument(), [rootField]: value } as unknown as Json;
      for (const work of [() => checkRelease(value), () => checkTrustRoot(value)])
        assert.notEqual(await refusal(work), undefined);
      await refusal(() => checkRelease(release));
      await refusal(() => checkTrustRoot(root));
    }),
    { numRuns: 500 },
  );
});

test('any statement that persons sign is opened or refused', async () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
  await fc.assert(
    fc.asyncProperty(json, async (value) => {
      let bytes: Uint8Array;
      try {
        bytes = await envelope(value, world.persons.slice(0, 1));
      } catch {
        return; // A number that canonical JSON cannot spell.
      }
      assert.notEqual(await refusal(() => openFirstRoot(bytes)), undefined);
      assert.notEqual(await refusal(() => verifyRelease({ ...input, envelope: bytes })), undefined);
    }),
    { numRuns: 150 },
  );
});

test('any bytes are an envelope or a refusal, and envelopes are merged or refused', async () => {
  const strange = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    (fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>).map((value) => {
      try {
        return canonicalBytes(value);
      } catch {
        return utf8(JSON.stringify(value));
      }
    }),
    mutated(input.envelope),
  );
  await fc.assert(
    fc.asyncProperty(strange, strange, async (a, b) => {
      await refusal(() => parseEnvelope(a));
      await refusal(() => mergeSignatures(a, b));
    }),
    { numRuns: 600 },
  );
});
