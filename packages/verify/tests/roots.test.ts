/** The chain of trust roots: where it begins, who may continue it, and what it may not say. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Json, utf8 } from '@lethe/core';
import { parsePolicy, type ReadyPolicy, readyPolicy } from '@lethe/tlog';
import { type CurrentRoot, checkTrustRoot, type LoggedRoot, type TrustRootDocument, walkRoots } from '@lethe/verify';
import { codeOf, digestOf, newSigner, type Signer, World } from './fixture.ts';

interface Chain {
  world: World;
  policy: ReadyPolicy;
  first: Uint8Array;
  walk(): Promise<CurrentRoot>;
  /** Appends a root and says what a walk over both makes of it. */
  add(change: Partial<TrustRootDocument>, signers: readonly Signer[]): Promise<string>;
}

async function chain(): Promise<Chain> {
  const world = await World.make();
  const policy = await readyPolicy(parsePolicy(utf8(world.policy)));
  const first = await world.root(world.rootDocument(), world.persons.slice(0, 2));
  world.append(first);
  const roots = [first];
  const walk = async (): Promise<CurrentRoot> => {
    const logged: LoggedRoot[] = [];
    for (const [index, envelope] of roots.entries()) logged.push({ envelope, proof: await world.proof(index) });
    return walkRoots(logged, policy);
  };
  const add = async (change: Partial<TrustRootDocument>, signers: readonly Signer[]): Promise<string> => {
    const next = await world.root(world.rootDocument({ version: 2, previous: digestOf(first), ...change }), signers);
    world.append(next);
    roots.push(next);
    return codeOf(walk());
  };
  return { world, policy, first, walk, add };
}

test('the first root is trusted by its place in the log', async () => {
  const { walk } = await chain();
  const { root } = await walk();
  assert.equal(root.version, 1);
  assert.equal(root.mode, 'two-person');
});

test('a first root anywhere but at the beginning is refused', async () => {
  const { world, policy } = await chain();
  const late = await world.root(world.rootDocument(), world.persons);
  const index = world.append(late);
  assert.equal(await codeOf(walkRoots([{ envelope: late, proof: await world.proof(index) }], policy)), 'broken_chain');
  assert.equal(await codeOf(walkRoots([], policy)), 'broken_chain');
});

test('a first root that its own persons did not sign is refused', async () => {
  const world = await World.make();
  const policy = await readyPolicy(parsePolicy(utf8(world.policy)));
  const envelope = await world.root(world.rootDocument(), world.persons.slice(0, 1));
  world.append(envelope);
  assert.equal(await codeOf(walkRoots([{ envelope, proof: await world.proof(0) }], policy)), 'too_few_approvals');
});

test('a change needs enough of the old persons and of the new ones', async () => {
  const strangers = await Promise.all([newSigner(), newSigner(), newSigner()]);
  const persons = strangers.map(({ key }, i) => ({
    id: `new ${i}`,
    keys: [key],
    roles: ['release' as const, 'root' as const],
  }));
  const both = await chain();
  assert.equal(await both.add({ persons }, [...both.world.persons.slice(0, 2), ...strangers.slice(0, 2)]), 'ok');
  const onlyNew = await chain();
  assert.equal(await onlyNew.add({ persons }, strangers), 'too_few_approvals');
  const onlyOld = await chain();
  assert.equal(await onlyOld.add({ persons }, onlyOld.world.persons), 'too_few_approvals');
});

test('a change follows the root before it, by version, digest and log', async () => {
  for (const change of [{ version: 3 }, { previous: 'ab'.repeat(32) }]) {
    const at = await chain();
    assert.equal(await at.add(change, at.world.persons), 'broken_chain');
  }
  const at = await chain();
  assert.equal(await at.add({ origin: 'other.example/log' }, at.world.persons), 'bad_trust_root');
});

test('a root that cannot work or is not what it calls itself is refused', async () => {
  const world = await World.make();
  const good = world.rootDocument();
  const [a, b, c] = good.persons;
  const bad: Partial<Record<keyof TrustRootDocument, unknown>>[] = [
    { mode: 'one-person' },
    { thresholds: { release: 1, root: 2, audit: 1 } },
    { thresholds: { release: 2, root: 1, audit: 1 } },
    { thresholds: { release: 4, root: 2, audit: 1 } },
    { thresholds: { release: 0, root: 2, audit: 1 } },
    { persons: [a, { ...b, id: a!.id }, c] },
    { persons: [a, { ...b, keys: a!.keys }, c] },
    { persons: [] },
    { persons: [{ ...a, roles: ['boss'] }, b, c] },
    { maxAgeS: 0 },
    { previous: 'ab'.repeat(32) },
  ];
  for (const change of bad)
    assert.throws(
      () => checkTrustRoot({ ...good, ...change } as unknown as Json),
      { code: 'bad_trust_root' },
      JSON.stringify(change),
    );
  assert.equal(checkTrustRoot(good as unknown as Json).version, 1);
  const single = { mode: 'one-person', thresholds: { release: 1, root: 1, audit: 1 }, persons: [a] };
  assert.equal(checkTrustRoot({ ...good, ...single } as unknown as Json).mode, 'one-person');
});
