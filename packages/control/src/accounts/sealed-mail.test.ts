import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes, Secret } from '@lethe/core';
import { openMail, sealMail } from './sealed-mail.ts';

const mail = { to: 'ann@example.com', subject: 'Code', text: '1234 5678' };

test('a queued mail opens with its secret only, unchanged only', () => {
  const secret = new Secret('token', randomBytes(32));
  const sealed = sealMail(mail, secret);
  assert.deepEqual(openMail(sealed, secret), mail);
  assert.equal(openMail(sealed, new Secret('token', randomBytes(32))), undefined);
  const bytes = Buffer.from(sealed.sealed, 'base64');
  bytes[bytes.length - 1]! ^= 1;
  assert.equal(openMail({ sealed: bytes.toString('base64') }, secret), undefined);
  assert.equal(openMail({ sealed: 'x' }, secret), undefined);
  assert.ok(!bytes.includes('ann@'));
});
