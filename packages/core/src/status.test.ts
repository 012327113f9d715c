import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, fromBase64Url, toBase64Url } from './bytes.ts';
import { canonicalBytes } from './canonical.ts';
import { preAuthEncoding } from './dsse.ts';
import { newSigningSeed, sign, signingPublicKey } from './ed25519.ts';
import { newOwnerSeed, ownerKeys } from './owner.ts';
import { sealTo } from './seal.ts';
import { isChallenge, newChallenge, openStatus, STATUS_BYTES, STATUS_INFO, STATUS_TYPE, sealStatus } from './status.ts';

test('a sealed status has one size and opens only for its owner', async () => {
  const [owner, stranger] = await Promise.all([ownerKeys(newOwnerSeed()), ownerKeys(newOwnerSeed())]);
  const node = newSigningSeed('node-sign');
  const nodeKey = toBase64Url(await signingPublicKey(node));
  const question = { server: 'a'.repeat(32), challenge: newChallenge() };
  const device = (i: number) => ({
    key: Buffer.alloc(32, i).toString('base64'),
    handshakeAgeS: 123_456_789,
    receivedBytes: Number.MAX_SAFE_INTEGER,
    sentBytes: Number.MAX_SAFE_INTEGER,
  });
  const full = {
    counter: 99_999,
    settingsCounter: 0,
    uptimeS: 9_999_999,
    blocked: 0,
    devices: Array.from({ length: 10 }, (_, i) => device(i)),
  };
  const empty = { counter: 1, settingsCounter: 0, uptimeS: 0, blocked: 0, devices: [] };
  const [sealedFull, sealedEmpty] = await Promise.all([
    sealStatus(full, question, node, owner.sealTo),
    sealStatus(empty, question, node, owner.sealTo),
  ]);
  assert.equal(sealedFull.length, sealedEmpty.length);
  assert.deepEqual(await openStatus(sealedFull, owner.seal, question, nodeKey), full);
  assert.deepEqual(await openStatus(sealedEmpty, owner.seal, question, nodeKey), empty);
  await assert.rejects(openStatus(sealedFull, stranger.seal, question, nodeKey), { code: 'bad_signature' });
});

test('a status is worth nothing without the signature of this server, for this challenge', async () => {
  const [owner, node, other] = [
    await ownerKeys(newOwnerSeed()),
    newSigningSeed('node-sign'),
    newSigningSeed('node-sign'),
  ];
  const nodeKey = toBase64Url(await signingPublicKey(node));
  const question = { server: 'a'.repeat(32), challenge: newChallenge() };
  const status = { counter: 3, settingsCounter: 0, uptimeS: 1, blocked: 0, devices: [] };
  const refused = { code: 'bad_signature' };
  const open = (sealed: string) => openStatus(sealed, owner.seal, question, nodeKey);
  const seal = (asked: typeof question, by = node) => sealStatus(status, asked, by, owner.sealTo);
  assert.deepEqual(await open(await seal(question)), status);

  await assert.rejects(open(await seal(question, other)), refused, 'signed by another key');
  await assert.rejects(open(await seal({ ...question, challenge: newChallenge() })), refused, 'an old answer');
  const elsewhere = { ...question, server: 'b'.repeat(32) };
  await assert.rejects(openStatus(await seal(elsewhere), owner.seal, question, nodeKey), refused, "another server's");
  // Whoever carries the answer knows the owner's sealing key: it can open a seal of its own making to anything.
  const text = canonicalBytes({ ...status, ...question });
  const reseal = async (signature: Uint8Array, named = text) => {
    const padded = new Uint8Array(STATUS_BYTES).fill(0x20);
    padded.set(concat(signature, named));
    return sealTo(fromBase64Url(owner.sealTo), STATUS_INFO, question.server, padded);
  };
  assert.deepEqual(await open(await reseal(await sign(node, preAuthEncoding(STATUS_TYPE, text)))), status);
  await assert.rejects(open(await reseal(await sign(node, text))), refused, 'signed for another purpose');
  await assert.rejects(open(await reseal(new Uint8Array(64))), refused, 'not signed');
  const foreign = canonicalBytes({ ...status, ...elsewhere });
  const signedForeign = await sign(node, preAuthEncoding(STATUS_TYPE, foreign));
  await assert.rejects(open(await reseal(signedForeign, foreign)), refused, 'signed for another server');
});

test('a challenge is 16 fresh bytes in their one spelling', () => {
  const challenges = Array.from({ length: 50 }, newChallenge);
  assert.equal(new Set(challenges).size, 50);
  for (const challenge of challenges) assert.ok(isChallenge(challenge), challenge);
  for (const wrong of ['', 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}B`, `${'A'.repeat(21)}=`, 7, null])
    assert.ok(!isChallenge(wrong), String(wrong));
});
