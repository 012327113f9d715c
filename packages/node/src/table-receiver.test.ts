import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TABLE_PART_BYTES } from '@lethe/core/agent-protocol';
import { TableReceiver } from './table-receiver.ts';

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function setUp(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-table-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'table.bin');
  const wanted: number[] = [];
  return { path, wanted, receiver: new TableReceiver(path, (offset) => wanted.push(offset)) };
}

/** Answers every wish until there is none. Returns whether the last part completed a table. */
function serve(receiver: TableReceiver, wanted: number[], bytes: Uint8Array): boolean {
  let complete = false;
  for (let offset = wanted.shift(); offset !== undefined; offset = wanted.shift()) {
    complete = receiver.part(offset, Buffer.from(bytes.subarray(offset, offset + TABLE_PART_BYTES)).toString('base64'));
  }
  return complete;
}

test('a table arrives in parts, whole, and is not fetched twice', (t) => {
  const { path, wanted, receiver } = setUp(t);
  const bytes = randomBytes(2 * TABLE_PART_BYTES + 17);
  receiver.announced(digestOf(bytes), bytes.length);
  assert.equal(serve(receiver, wanted, bytes), true);
  assert.deepEqual(readFileSync(path), bytes);
  receiver.announced(digestOf(bytes), bytes.length);
  assert.deepEqual(wanted, [], 'it has it already');
});

test('a table that is not what was announced is thrown away, and the old one stays', (t) => {
  const { path, wanted, receiver } = setUp(t);
  writeFileSync(path, 'old');
  const bytes = randomBytes(100);
  receiver.announced(digestOf(randomBytes(100)), bytes.length);
  assert.equal(serve(receiver, wanted, bytes), false);
  assert.equal(readFileSync(path, 'utf8'), 'old');
  assert.equal(existsSync(`${path}.new`), false);
});

test('parts that were not asked for, are too long or go beyond the end change nothing', (t) => {
  const { path, wanted, receiver } = setUp(t);
  const bytes = randomBytes(100);
  assert.equal(receiver.part(0, bytes.toString('base64')), false, 'nothing was announced');
  receiver.announced(digestOf(bytes), bytes.length);
  assert.equal(receiver.part(50, bytes.toString('base64')), false, 'another offset');
  assert.equal(receiver.part(0, randomBytes(101).toString('base64')), false, 'beyond the end');
  assert.equal(serve(receiver, wanted, bytes), false, 'the transfer has ended');
  assert.equal(existsSync(path), false);
});

test('a broken line ends a transfer, and the next announcement begins it anew', (t) => {
  const { path, wanted, receiver } = setUp(t);
  const bytes = randomBytes(TABLE_PART_BYTES + 5);
  receiver.announced(digestOf(bytes), bytes.length);
  receiver.part(wanted.shift()!, bytes.subarray(0, TABLE_PART_BYTES).toString('base64'));
  wanted.length = 0;
  receiver.drop();
  receiver.announced(digestOf(bytes), bytes.length);
  assert.deepEqual(wanted, [0]);
  assert.equal(serve(receiver, wanted, bytes), true);
  assert.deepEqual(readFileSync(path), bytes);
});
