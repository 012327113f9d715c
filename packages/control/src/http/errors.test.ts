import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LetheError } from '@lethe/core';
import { toLetheError } from './errors.ts';

test('an unknown error becomes internal, without any of its text', () => {
  const { code, message } = toLetheError(new Error('select * from secret where email = ann@example.com'));
  assert.equal(code, 'internal');
  assert.ok(!message.includes('secret'));
});

test('what an operator can act on is named', () => {
  assert.equal(toLetheError(Object.assign(new Error('x'), { code: '53100' })).code, 'disk_full');
  for (const code of ['57P01', '57P03', '08006', '53300', 'ECONNREFUSED', 'ENOENT']) {
    assert.equal(toLetheError(Object.assign(new Error('x'), { code })).code, 'database_failed', code);
  }
  const own = new LetheError('no_capacity', 'No room.');
  assert.equal(toLetheError(own), own);
});
