import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { fromHex, toBase64, toHex, utf8 } from './bytes.ts';
import { sign, signingPublicKey, verify } from './ed25519.ts';
import { newOwnerSeed, ownerKeys } from './owner.ts';
import { Secret } from './secret.ts';
import { newX25519Private, parseWireguardPublicKey, x25519PublicKey } from './x25519.ts';

test('Ed25519 agrees with RFC 8032 section 7.1, test 2', async () => {
  const seed = new Secret('owner-sign', fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'));
  assert.equal(toHex(await signingPublicKey(seed)), '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
  const signature = await sign(seed, fromHex('72'));
  assert.equal(
    toHex(signature),
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  );
});

test('a small-order key accepts nothing', async () => {
  const identity = fromHex(`01${'00'.repeat(31)}`);
  const signature = new Uint8Array(64);
  signature[0] = 1;
  assert.equal(await verify(identity, utf8('anything'), signature), false);
});

test('X25519 agrees with RFC 7748 section 6.1', async () => {
  const bob = new Secret('wireguard', fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  assert.equal(toHex(await x25519PublicKey(bob)), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
});

test('low-order and non-canonical WireGuard keys are refused', async () => {
  const lowOrder = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  ];
  for (const hex of lowOrder)
    assert.throws(() => parseWireguardPublicKey(toBase64(fromHex(hex))), { code: 'bad_public_key' });
  const good = await x25519PublicKey(newX25519Private('wireguard'));
  assert.deepEqual(parseWireguardPublicKey(toBase64(good)), good);
  good[31]! |= 0x80;
  assert.throws(() => parseWireguardPublicKey(toBase64(good)), { code: 'bad_public_key' });
  for (const text of ['', 'abc', 'A'.repeat(44), `${'A'.repeat(43)}=x`])
    assert.throws(() => parseWireguardPublicKey(text), { code: 'bad_public_key' });
});

test('one seed always gives the same keys, each for one purpose', async () => {
  const seed = newOwnerSeed();
  const [a, b] = await Promise.all([ownerKeys(seed), ownerKeys(seed)]);
  assert.equal(a.ownerKey, b.ownerKey);
  assert.equal(a.sealTo, b.sealTo);
  assert.equal(new Set([a.sign, a.seal, a.vault].map((secret) => secret.revealBase64())).size, 3);
});

test('a secret prints as its role only', () => {
  const secret = new Secret('wireguard', utf8('0123456789abcdef0123456789abcdef'));
  for (const text of [
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret, { depth: 9, showHidden: true }),
    inspect({ nested: { secret } }),
  ]) {
    assert.doesNotMatch(text, /0123456789|MDEyMzQ1/);
    assert.match(text, /secret wireguard/);
  }
});
