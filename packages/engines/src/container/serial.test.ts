import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Serial } from './serial.ts';

test('one after the other under one key, also after a failure; at once under different keys', async () => {
  const serial = new Serial();
  const order: string[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = serial.run('a', async () => {
    await held;
    order.push('a1');
    throw new Error('failed');
  });
  const second = serial.run('a', async () => void order.push('a2'));
  await serial.run('b', async () => void order.push('b'));
  release();
  await assert.rejects(first, /failed/);
  await second;
  assert.deepEqual(order, ['b', 'a1', 'a2']);
});
