/** Each step of the verification of a release refuses what it is for, with its own code, and in its order. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { canonicalBytes, type Json, utf8 } from '@lethe/core';
import { parsePolicy, readyPolicy } from '@lethe/tlog';
import { type CurrentRoot, type ReleaseDocument, type ReleaseInput, verifyRelease, walkRoots } from '@lethe/verify';
import { codeOf, digestOf, envelope, NOW, newSigner, type Signer, World } from './fixture.ts';

let world: World;
let current: CurrentRoot;
let rootEnvelope: Uint8Array;

before(async () => {
  world = await World.make();
  rootEnvelope = await world.root(world.rootDocument(), world.persons.slice(0, 2));
  world.append(rootEnvelope);
  current = await walkRoots(
    [{ envelope: rootEnvelope, proof: await world.proof(0) }],
    await readyPolicy(parsePolicy(utf8(world.policy))),
  );
});

const clone = (): World => {
  const copy = Object.assign(Object.create(World.prototype) as World, world);
  Object.assign(copy, { entries: [...world.entries] });
  return copy;
};

interface Made {
  input: ReleaseInput;
  world: World;
}

async function made(change: Partial<ReleaseDocument> = {}, signers?: readonly Signer[], time?: number): Promise<Made> {
  const at = clone();
  const bytes = await at.release(at.releaseDocument(change), signers ?? at.persons.slice(0, 2));
  const index = at.append(bytes);
  return {
    world: at,
    input: {
      envelope: bytes,
      proof: await at.proof(index, time),
      root: current.root,
      policies: [current.policy],
      now: NOW,
    },
  };
}

test('a release that two people signed and the log shows is accepted', async () => {
  const { input } = await made();
  const verified = await verifyRelease(input);
  assert.deepEqual(verified.approvedBy, ['person 0', 'person 1']);
  assert.equal(verified.index, 1);
  assert.equal(verified.seen.version, 1);
  assert.equal(verified.seen.time, NOW - 10);
});

test('one changed byte anywhere in envelope or proof is refused', async () => {
  const { input } = await made();
  for (const field of ['envelope', 'proof'] as const) {
    for (let i = 0; i < input[field].length; i += 13) {
      const bytes = input[field].slice();
      bytes[i]! ^= 1;
      assert.notEqual(await codeOf(verifyRelease({ ...input, [field]: bytes })), 'ok', `${field} byte ${i}`);
    }
  }
});

test('another spelling of the same envelope is refused', async () => {
  const { input } = await made();
  const text = Buffer.from(input.envelope).toString();
  const spellings = [
    text.replace('{', '{ '),
    text.replace('"payloadType"', '"extra":1,"payloadType"'),
    text.replace('"signatures"', '"payloadType":"application/vnd.in-toto+json","signatures"'),
    `${text}\n`,
    text.replace(/"sig":"([^"]*)=="/, '"sig":"$1"'),
    `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
    'null',
    '',
  ];
  for (const spelling of spellings)
    assert.equal(
      await codeOf(verifyRelease({ ...input, envelope: utf8(spelling) })),
      'bad_envelope',
      spelling.slice(0, 60),
    );
  assert.equal(await codeOf(verifyRelease({ ...input, envelope: new Uint8Array(65_536) })), 'too_large');
});

test('fewer than two persons are refused, also one who signs twice', async () => {
  const one = await made({}, world.persons.slice(0, 1));
  assert.equal(await codeOf(verifyRelease(one.input)), 'too_few_approvals');
  const stranger = await made({}, [world.persons[0]!, await newSigner()]);
  assert.equal(await codeOf(verifyRelease(stranger.input)), 'too_few_approvals');
  const twice = await made({}, [world.persons[0]!, world.persons[0]!]);
  assert.equal(await codeOf(verifyRelease(twice.input)), 'same_person');
});

test('a signature over another payload does not count', async () => {
  const honest = await made();
  const other = await made({ reason: 'another' });
  const a = JSON.parse(Buffer.from(honest.input.envelope).toString()) as Record<string, Json>;
  const b = JSON.parse(Buffer.from(other.input.envelope).toString()) as Record<string, Json>;
  const mixed = canonicalBytes({ ...a, payload: b['payload']! });
  assert.equal(await codeOf(verifyRelease({ ...honest.input, envelope: mixed })), 'too_few_approvals');
});

test('what the log does not show is refused', async () => {
  const { input, world: at } = await made();
  const other = await made({ reason: 'another' });
  assert.equal(await codeOf(verifyRelease({ ...input, proof: other.input.proof })), 'not_included');
  const few = await at.proof(1, undefined, at.witnesses.slice(0, 2));
  assert.equal(await codeOf(verifyRelease({ ...input, proof: few })), 'no_quorum');
  const foreign = await World.make();
  const policies = [await readyPolicy(parsePolicy(utf8(foreign.policy)))];
  assert.equal(await codeOf(verifyRelease({ ...input, policies })), 'unknown_log');
  assert.equal(await codeOf(verifyRelease({ ...input, policies: [] })), 'bad_policy');
  const forged = Buffer.from(input.proof)
    .toString()
    .replace(/(\n— witness-1\.example .{20})./, '$1A');
  assert.equal(await codeOf(verifyRelease({ ...input, proof: utf8(forged) })), 'note_bad_signature');
});

test('a verifier accepts only what continues what it has seen', async () => {
  const first = await made();
  const { seen } = await verifyRelease(first.input);
  const at = first.world;
  const next = at.releaseDocument({ version: 2, previous: digestOf(first.input.envelope), reason: 'second' });
  const bytes = await at.release(next, at.persons.slice(1, 3));
  const index = at.append(bytes);
  const input = {
    ...first.input,
    envelope: bytes,
    proof: await at.proof(index),
    seen,
    consistency: at.consistency(seen.size),
  };
  const second = await verifyRelease(input);
  assert.equal(second.seen.version, 2);
  assert.equal(await codeOf(verifyRelease({ ...input, consistency: [] })), 'inconsistent');

  // The first release again, out of the newer log and out of the older one.
  const again = { ...input, envelope: first.input.envelope, seen: second.seen, consistency: [] };
  assert.equal(await codeOf(verifyRelease({ ...again, proof: await at.proof(1) })), 'rolled_back');
  assert.equal(await codeOf(verifyRelease({ ...again, proof: first.input.proof })), 'rolled_back');
  // The newest once more: a server that is born again.
  assert.equal(await codeOf(verifyRelease({ ...input, seen: second.seen, consistency: [] })), 'ok');

  // Another history with the same keys.
  const split = clone();
  split.append(utf8('another entry'));
  const forked = await split.release(next, split.persons.slice(1, 3));
  split.append(forked);
  const forkedInput = {
    ...input,
    envelope: forked,
    proof: await split.proof(2),
    consistency: split.consistency(seen.size),
  };
  assert.equal(await codeOf(verifyRelease(forkedInput)), 'inconsistent');
});

test('a release that skips one, or follows another, is refused', async () => {
  const first = await made();
  const { seen } = await verifyRelease(first.input);
  for (const change of [
    { version: 3, previous: digestOf(first.input.envelope) },
    { version: 2, previous: 'cd'.repeat(32) },
  ]) {
    const { input, world: at } = await made(change);
    const fresh = { ...seen, size: at.entries.length, root: at.treeRoot };
    assert.equal(await codeOf(verifyRelease({ ...input, seen: fresh })), 'broken_chain');
  }
  const otherFirst = await made({ reason: 'another first' });
  const fresh = { ...seen, size: 2, root: otherFirst.world.treeRoot };
  assert.equal(await codeOf(verifyRelease({ ...otherFirst.input, seen: fresh })), 'rolled_back');
});

test('time: not yet, no more, too old, to come, and a clock that went back', async () => {
  const code = async (
    change: Partial<ReleaseDocument>,
    time?: number,
    more: Partial<ReleaseInput> = {},
  ): Promise<string> => codeOf(verifyRelease({ ...(await made(change, undefined, time)).input, ...more }));
  assert.equal(await code({ notBefore: NOW + 10 }), 'not_yet_valid');
  assert.equal(await code({ expires: NOW - 1 }), 'expired');
  assert.equal(await code({}, NOW - 86_401), 'too_old');
  assert.equal(await code({}, NOW - 86_400), 'ok');
  assert.equal(await code({}, NOW + 301), 'future_timestamp');
  assert.equal(await code({}, NOW + 299), 'ok');
  const { input, world: at } = await made();
  const { version: trustRoot, digest: rootDigest } = current.root;
  const seen = { size: 2, root: at.treeRoot, version: 0, digest: '', trustRoot, rootDigest, time: NOW + 301 };
  assert.equal(await codeOf(verifyRelease({ ...input, seen })), 'clock_went_back');
  assert.equal(await codeOf(verifyRelease({ ...input, seen: { ...seen, time: NOW } })), 'ok');
});

test('one witness cannot make an old proof look fresh', async () => {
  const { input, world: at } = await made({}, undefined, NOW - 90_000);
  const old = Buffer.from(input.proof).toString();
  const fresh = Buffer.from(await at.proof(1, NOW - 5)).toString();
  const line = (text: string): string => /— witness-0\.example .*\n/.exec(text)![0];
  const mixed = old.replace(line(old), line(fresh));
  assert.notEqual(mixed, old);
  assert.equal(await codeOf(verifyRelease({ ...input, proof: utf8(mixed) })), 'too_old');
});

test('a release is for the regions it names, and names no server', async () => {
  const code = async (scope: string[]): Promise<string> =>
    codeOf(verifyRelease({ ...(await made({ scope })).input, region: 'home' }));
  assert.equal(await code(['*']), 'ok');
  assert.equal(await code(['elsewhere', 'home']), 'ok');
  assert.equal(await code(['elsewhere']), 'not_for_this_server');
  await assert.rejects(verifyRelease((await made({ scope: ['0123456789abcdef0123456789abcdef'] })).input), {
    code: 'bad_release',
  });
});

test('a release under another trust root, or an expired one, is refused', async () => {
  const { input } = await made({ trustRoot: 2 });
  assert.equal(await codeOf(verifyRelease(input)), 'broken_chain');
  const { input: foreign } = await made({ origin: 'other.example/log' });
  assert.equal(await codeOf(verifyRelease(foreign)), 'broken_chain');
  const { input: fine } = await made();
  const root = { ...current.root, expires: NOW - 1 };
  assert.equal(await codeOf(verifyRelease({ ...fine, root })), 'expired');
});

test('a document of another kind or shape is no release', async () => {
  const documents: Json[] = [
    { ...world.releaseDocument(), version: 0 } as unknown as Json,
    { ...world.releaseDocument(), extra: 1 } as unknown as Json,
    { ...world.releaseDocument(), files: [{ path: 'relative', text: '' }] } as unknown as Json,
    {
      ...world.releaseDocument(),
      sysctls: [
        { name: 'a', value: '1' },
        { name: 'a', value: '2' },
      ],
    } as unknown as Json,
    { ...world.releaseDocument(), previous: 'ab'.repeat(32) } as unknown as Json,
    { ...world.releaseDocument(), expires: 5, notBefore: 5 } as unknown as Json,
  ];
  for (const document of documents) {
    const { input } = await made();
    const bytes = await world.release(document as unknown as ReleaseDocument, world.persons);
    assert.equal(
      await codeOf(verifyRelease({ ...input, envelope: bytes })),
      'bad_release',
      JSON.stringify(document).slice(-80),
    );
  }
  const { input } = await made();
  assert.equal(await codeOf(verifyRelease({ ...input, envelope: rootEnvelope })), 'bad_release');
  const statement = { _type: 'https://in-toto.io/Statement/v0.1' } as Json;
  assert.equal(
    await codeOf(verifyRelease({ ...input, envelope: await envelope(statement, world.persons) })),
    'bad_release',
  );
});

test('a release under a trust root that was replaced is refused, unless it runs already', async () => {
  const { input, world: at } = await made();
  const { seen } = await verifyRelease(input);
  const second = await at.root(
    at.rootDocument({ version: 2, previous: digestOf(rootEnvelope) }),
    at.persons.slice(0, 2),
  );
  at.append(second);
  const roots = async (count: number): Promise<CurrentRoot> => {
    const all = [
      { envelope: rootEnvelope, proof: await at.proof(0) },
      { envelope: second, proof: await at.proof(2) },
    ];
    return walkRoots(all.slice(0, count), await readyPolicy(parsePolicy(utf8(world.policy))));
  };
  const newest = {
    ...input,
    root: (await roots(2)).root,
    proof: await at.proof(1),
    consistency: at.consistency(seen.size),
  };
  assert.equal(await codeOf(verifyRelease(newest)), 'broken_chain', 'to somebody new');
  const again = await verifyRelease({ ...newest, seen });
  assert.deepEqual([again.seen.trustRoot, again.seen.version], [2, 1], 'to somebody who runs it');
  // The persons of the replaced root sign the next release: whoever has seen the new root refuses, and is not shown the old one again.
  const stale = await at.release(at.releaseDocument({ version: 2, previous: seen.digest }), at.persons.slice(0, 2));
  const proof = await at.proof(at.append(stale));
  const next = { ...input, envelope: stale, proof, seen: again.seen, consistency: at.consistency(again.seen.size) };
  assert.equal(await codeOf(verifyRelease({ ...next, root: (await roots(2)).root })), 'broken_chain');
  assert.equal(await codeOf(verifyRelease({ ...next, root: (await roots(1)).root })), 'rolled_back');
  const other = { ...seen, rootDigest: 'ab'.repeat(32) };
  assert.equal(await codeOf(verifyRelease({ ...newest, seen: other })), 'broken_chain', 'another first root was seen');
});

test('what came between cannot stand in for the release itself', async () => {
  const { input, world: at } = await made();
  const { seen } = await verifyRelease(input);
  const second = await at.root(
    at.rootDocument({ version: 2, previous: digestOf(rootEnvelope) }),
    at.persons.slice(0, 2),
  );
  at.append(second);
  // Signed by the persons of the replaced root, and handed over as what came between as well.
  const evil = await at.release(at.releaseDocument({ version: 2, previous: seen.digest }), at.persons.slice(0, 2));
  const index = at.append(evil);
  const all = [
    { envelope: rootEnvelope, proof: await at.proof(0) },
    { envelope: second, proof: await at.proof(2) },
  ];
  const { root } = await walkRoots(all, await readyPolicy(parsePolicy(utf8(world.policy))));
  const attack = {
    ...input,
    envelope: evil,
    proof: await at.proof(index),
    root,
    seen,
    consistency: at.consistency(seen.size),
  };
  for (const between of [[], [evil], [evil, evil]])
    assert.equal(await codeOf(verifyRelease({ ...attack, between })), 'broken_chain');
});

test('a verifier that was away follows through what came between', async () => {
  const { input, world: at } = await made();
  const { seen } = await verifyRelease(input);
  const second = await at.release(at.releaseDocument({ version: 2, previous: seen.digest }), at.persons.slice(0, 2));
  at.append(second);
  const third = await at.release(
    at.releaseDocument({ version: 3, previous: digestOf(second) }),
    at.persons.slice(0, 2),
  );
  const index = at.append(third);
  const next = {
    ...input,
    envelope: third,
    proof: await at.proof(index),
    seen,
    consistency: at.consistency(seen.size),
  };
  assert.equal(await codeOf(verifyRelease({ ...next, between: [second] })), 'ok');
  assert.equal(await codeOf(verifyRelease({ ...next, between: [] })), 'broken_chain');
  assert.equal(await codeOf(verifyRelease({ ...next, between: [second, third] })), 'broken_chain');
});

test('of several policies the stalest quorum counts', async () => {
  const { input, world: at } = await made({}, undefined, NOW - 90_000);
  // The root's policy has one witness with a fresh time, the verifier's own asks for all.
  const lines = world.policy.split('\n').filter((line) => !/^(group|quorum|witness w[12])/.test(line));
  const small = await readyPolicy(parsePolicy(utf8(`${lines.filter(Boolean).join('\n')}\nquorum w0\n`)));
  const old = Buffer.from(input.proof).toString();
  const fresh = Buffer.from(await at.proof(1, NOW - 5)).toString();
  const line = (text: string): string => /— witness-0\.example .*\n/.exec(text)![0];
  const proof = utf8(old.replace(line(old), line(fresh)));
  assert.equal(await codeOf(verifyRelease({ ...input, proof, policies: [small] })), 'ok');
  assert.equal(await codeOf(verifyRelease({ ...input, proof, policies: [small, current.policy] })), 'too_old');
});

test('a signature line of another form is refused: it could carry text', async () => {
  const { input } = await made();
  const text = Buffer.from(input.envelope).toString();
  for (const spelling of [
    text.replace(/"keyid":"[^"]*"/, '"keyid":"a message to the world"'),
    text.replace(/"sig":"[^"]*"/, `"sig":"${Buffer.alloc(63).toString('base64')}"`),
  ])
    assert.equal(await codeOf(verifyRelease({ ...input, envelope: utf8(spelling) })), 'bad_envelope');
});
