import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newServerId } from '@lethe/core';
import { newServerKeys, openServerKeys, signEnrolment } from '@lethe/node/keys';
import { isOwnEnrolment } from './enrolment.ts';

test('only the very enrolment that the sealed keys make for this server and token is relayed', async () => {
  const [server, keys, others] = [newServerId(), newServerKeys(), newServerKeys()];
  const own = await signEnrolment(server, 'token', await openServerKeys(keys));
  assert.equal(await isOwnEnrolment(own, server, 'token', keys), true);

  const elsewhere = newServerId();
  assert.equal(await isOwnEnrolment(own, elsewhere, 'token', keys), false, 'of another server');
  assert.equal(await isOwnEnrolment(own, server, 'another', keys), false, 'with another token');
  assert.equal(await isOwnEnrolment(own, server, null, keys), false, 'not asked for');
  assert.equal(await isOwnEnrolment(own, server, 'token', others), false, 'with other keys');
  const mixed = await openServerKeys({ ...keys, wireguard: others.wireguard });
  assert.equal(await isOwnEnrolment(await signEnrolment(server, 'token', mixed), server, 'token', keys), false);
  const signature = `${own.signature[0] === 'A' ? 'B' : 'A'}${own.signature.slice(1)}`;
  assert.equal(await isOwnEnrolment({ ...own, signature }, server, 'token', keys), false, 'not signed');
});
