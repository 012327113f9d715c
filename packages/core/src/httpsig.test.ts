import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { utf8 } from './bytes.ts';
import type { ErrorCode } from './errors.ts';
import {
  contentDigest,
  SIGNATURE_WINDOW_S,
  type SignableRequest,
  type SignatureHeaders,
  signRequest,
  verifyRequest,
} from './httpsig.ts';
import { newOwnerSeed, type OwnerKeys, ownerKeys } from './owner.ts';

const code = (expected: ErrorCode) => (error: unknown) => (error as { code?: string }).code === expected;
const request: SignableRequest = { method: 'PUT', path: '/api/servers/1', query: '?after=3', body: utf8('{"a":1}') };
const NOW = 1_700_000_000;
let owner: OwnerKeys;
let headers: SignatureHeaders;

before(async () => {
  owner = await ownerKeys(newOwnerSeed());
  headers = await signRequest(request, owner.sign, owner.ownerKey, NOW);
});

test('a signed request verifies and names its signer', async () => {
  const verified = await verifyRequest(request, headers, NOW + 1);
  assert.equal(verified.keyid, owner.ownerKey);
  assert.equal(verified.created, NOW);
  assert.match(verified.nonce, /^[\w-]{22}$/);
});

test('each signed part is covered', async () => {
  for (const change of [{ method: 'DELETE' }, { path: '/api/servers/2' }, { query: '?' }, { body: utf8('{"a":2}') }]) {
    await assert.rejects(
      verifyRequest({ ...request, ...change }, headers, NOW),
      code('bad_signature'),
      JSON.stringify(Object.keys(change)),
    );
  }
});

test('another key, a missing header and another parameter order are refused', async () => {
  const stranger = await ownerKeys(newOwnerSeed());
  const forged = headers['signature-input'].replace(owner.ownerKey, stranger.ownerKey);
  await assert.rejects(verifyRequest(request, { ...headers, 'signature-input': forged }, NOW), code('bad_signature'));
  await assert.rejects(verifyRequest(request, { ...headers, signature: undefined }, NOW), code('bad_signature'));
  await assert.rejects(verifyRequest(request, {}, NOW), code('bad_signature'));
  const unsigned = headers['signature-input'].replace('"@method" ', '');
  await assert.rejects(
    verifyRequest(request, { ...headers, 'signature-input': unsigned }, NOW),
    code('bad_signature'),
    'fewer covered components',
  );
});

test('a signature expires in both directions', async () => {
  await assert.rejects(verifyRequest(request, headers, NOW + SIGNATURE_WINDOW_S + 1), code('signature_expired'));
  await assert.rejects(verifyRequest(request, headers, NOW - SIGNATURE_WINDOW_S - 1), code('signature_expired'));
});

test('the digest is the one of RFC 9530, appendix B.1', async () => {
  assert.equal(
    await contentDigest(utf8('{"hello": "world"}\n')),
    'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
  );
});
