import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes, Secret } from '@lethe/core';
import { mailLimit } from './mail.ts';
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

test('an address has a share of mails per window, each its own', () => {
  let now = 0;
  const mayMail = mailLimit({ now: () => now });
  const shares = (email: string) => Array.from({ length: 7 }, () => mayMail(email)).filter(Boolean).length;
  assert.deepEqual([shares('a@example.com'), shares('b@example.com'), shares('a@example.com')], [5, 5, 0]);
  now += 600_000;
  assert.equal(shares('a@example.com'), 5);
});
