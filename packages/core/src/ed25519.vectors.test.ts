/** The strict rule for signatures, held against an independent verifier on the hostile signatures of C2SP CCTV. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { concat, fromHex, toHex, utf8 } from './bytes.ts';
import {
  checkSigningKey,
  importVerifyKey,
  newSigningSeed,
  sign,
  signingPublicKey,
  verify,
  verifyWith,
} from './ed25519.ts';

interface Vector {
  number: number;
  key: string;
  sig: string;
  msg: string;
  flags: string[] | null;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../tlog/vectors/ed25519/ed25519vectors.json', import.meta.url), 'utf8'),
) as Vector[];

/** Canonical, and neither of small order nor with a part of small order. */
function isPrime(bytes: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(bytes, false);
    return point.isTorsionFree() && !point.isSmallOrder();
  } catch {
    return false;
  }
}

/** RFC 8032 as noble computes it, of a key and an R that are both prime: so it is all the same whether the cofactor is multiplied in. */
function isStrictlySigned(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return (
    isPrime(key) && isPrime(signature.subarray(0, 32)) && ed25519.verify(signature, message, key, { zip215: false })
  );
}

/** The order of the prime group. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes.toReversed())}`);
const toLittleEndian = (n: bigint): Uint8Array => fromHex(n.toString(16).padStart(64, '0')).toReversed();

test('verify agrees with an independent strict verifier on all 914 hostile signatures', async () => {
  assert.equal(vectors.length, 914);
  const accepted: number[] = [];
  for (const { number, key, sig, msg, flags } of vectors) {
    const [publicKey, message, signature] = [fromHex(key), utf8(msg), fromHex(sig)];
    const verdict = await verify(publicKey, message, signature);
    assert.equal(verdict, isStrictlySigned(publicKey, message, signature), `vector ${number}`);
    assert.equal(verdict, flags === null, `vector ${number} is ${flags?.join()}`);
    if (verdict) accepted.push(number);
  }
  assert.equal(accepted.length, 1, 'one vector has nothing hostile about it');
});

test('a key is usable exactly if it is the one spelling of a point of the prime group', () => {
  const keys = [...new Set(vectors.map(({ key }) => key))];
  assert.ok(keys.some((key) => isPrime(fromHex(key))));
  for (const key of keys) {
    if (isPrime(fromHex(key))) checkSigningKey(fromHex(key));
    else assert.throws(() => checkSigningKey(fromHex(key)), { code: 'bad_public_key' }, key);
  }
});

test('every spelling of a point of small order is refused as a key', () => {
  const spellings = new Set(vectors.filter(({ flags }) => flags?.includes('low_order_A')).map(({ key }) => key));
  assert.equal(spellings.size, 14);
  for (const canonical of ED25519_TORSION_SUBGROUP) assert.ok(spellings.has(canonical));
  for (const key of spellings) assert.throws(() => checkSigningKey(fromHex(key)), { code: 'bad_public_key' }, key);
});

/** Every string of 32 bytes whose y is not below the prime of the field: 19 values, each with both signs. */
const NON_CANONICAL = Array.from({ length: 38 }, (_, i) =>
  toLittleEndian(2n ** 255n - 19n + BigInt(i >> 1) + BigInt(i % 2) * 2n ** 255n),
);

test('no key is spelled non-canonically', () => {
  for (const key of NON_CANONICAL) assert.throws(() => checkSigningKey(key), { code: 'bad_public_key' }, toHex(key));
});

test('no spelling of small order and no non-canonical one passes for R, whatever the native verifier says', async (t) => {
  const seed = newSigningSeed('node-sign');
  const key = await importVerifyKey(await signingPublicKey(seed));
  const signature = await sign(seed, utf8('message'));
  const withR = (r: Uint8Array): Uint8Array => concat(r, signature.subarray(32));
  t.mock.method(crypto.subtle, 'verify', () => Promise.resolve(true));
  const smallOrder = vectors.filter(({ flags }) => flags?.includes('low_order_R')).map(({ sig }) => sig.slice(0, 64));
  assert.equal(new Set(smallOrder).size, 14);
  for (const r of [...new Set(smallOrder)].map(fromHex).concat(NON_CANONICAL as Uint8Array<ArrayBuffer>[]))
    assert.equal(await verifyWith(key, utf8('message'), withR(r)), false, toHex(r));
  const largest = toLittleEndian(2n ** 255n - 21n);
  for (const r of [signature.subarray(0, 32), largest])
    assert.equal(await verifyWith(key, utf8('other'), withR(r)), true, 'the native verifier is asked');
});

test('what sign makes is accepted by both verifiers, and S has one spelling', async () => {
  for (let i = 0; i < 20; i += 1) {
    const seed = newSigningSeed('node-sign');
    const key = await signingPublicKey(seed);
    const message = utf8(`message ${i}`);
    const signature = await sign(seed, message);
    assert.equal(isStrictlySigned(key, message, signature), true);
    assert.equal(await verify(key, message, signature), true);
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
    for (const multiple of [1n, 2n, 7n]) {
      const again = concat(r, toLittleEndian(littleEndian(s) + multiple * L));
      assert.equal(await verify(key, message, again), false, `S + ${multiple}L`);
    }
  }
});

test('one turned bit anywhere is another signature', async () => {
  const seed = newSigningSeed('node-sign');
  const key = await importVerifyKey(await signingPublicKey(seed));
  const message = utf8('message');
  const signature = await sign(seed, message);
  for (let bit = 0; bit < 512; bit += 1) {
    const turned = signature.with(bit >> 3, signature[bit >> 3]! ^ (1 << (bit & 7)));
    assert.equal(await verifyWith(key, message, turned), false, `bit ${bit}`);
  }
});

test('keys and signatures of another length are refused, never an exception of verify', async () => {
  const seed = newSigningSeed('node-sign');
  const key = await signingPublicKey(seed);
  const signature = await sign(seed, utf8('message'));
  for (const wrong of [signature.subarray(1), concat(signature, Uint8Array.of(0)), new Uint8Array(0)])
    assert.equal(await verify(key, utf8('message'), wrong), false);
  for (const wrong of [
    key.subarray(1),
    concat(key, Uint8Array.of(0)),
    new Uint8Array(0),
    new Uint8Array(32).fill(0xff),
  ]) {
    assert.equal(await verify(wrong, utf8('message'), signature), false);
    assert.throws(() => checkSigningKey(wrong), { code: 'bad_public_key' });
    await assert.rejects(importVerifyKey(wrong), { code: 'bad_public_key' });
  }
});
