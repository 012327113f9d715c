import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineReader, toLine } from './lines.ts';

const value = { text: 'a line that comes in many pieces' };

for (const kind of ['Uint8Array', 'Buffer'] as const) {
  test(`a line in pieces is whole although its reader uses one ${kind} again and again`, () => {
    const lines = new LineReader(1000);
    const line = Buffer.from(toLine(value) + toLine(value));
    const again = kind === 'Buffer' ? Buffer.alloc(7) : new Uint8Array(7);
    const found: unknown[] = [];
    for (let at = 0; at < line.length; at += 7) {
      const piece = line.subarray(at, at + 7);
      again.set(piece);
      found.push(...lines.push(again.subarray(0, piece.length)));
    }
    assert.deepEqual(found, [value, value]);
  });
}

test('a line that is too long, and one that is not JSON, are refused', () => {
  assert.throws(() => new LineReader(10).push(Buffer.from('12345678901')), { code: 'too_large' });
  assert.throws(() => new LineReader(10).push(Buffer.from('{\n')), { code: 'bad_encoding' });
});
