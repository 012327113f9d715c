import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalBytes, fromBase64, fromBase64Url, verify } from '@lethe/core';
import { newServerKeys, openServerKeys, sameKeys, signEnrolment } from './keys.ts';

test('an enrolment is signed over every other field', async () => {
  const keys = await openServerKeys(newServerKeys());
  const { signature, ...fields } = await signEnrolment('a'.repeat(32), 'token', keys);
  const key = fromBase64Url(fields.nodeKey);
  assert.ok(await verify(key, canonicalBytes(fields), fromBase64(signature)));
  assert.ok(!(await verify(key, canonicalBytes({ ...fields, token: 'other' }), fromBase64(signature))));
  assert.equal(fields.wireguardKey, keys.wireguardKey);
});

test('keys are new each time, and malformed ones are refused', async () => {
  const [a, b] = [newServerKeys(), newServerKeys()];
  assert.ok(!sameKeys(a, b) && sameKeys(a, { ...a }));
  for (const wrong of [
    { ...a, node: '' },
    { ...a, wireguard: 'x' },
    { ...a, wireguard: `${a.wireguard}=` },
  ]) {
    await assert.rejects(openServerKeys(wrong));
  }
});
