import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader, toFrame } from './frames.ts';

const message = fc.uint8Array({ minLength: 12, maxLength: 3000 });

test('messages arrive as they were sent, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 2000 })), (messages, cuts) => {
      const stream = Buffer.concat(messages.map(toFrame));
      const reader = new FrameReader(12, 4096);
      const read: Buffer[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const length = cuts[turn % Math.max(1, cuts.length)] ?? stream.length;
        assert.ok(reader.push(stream.subarray(at, at + length), (frame) => read.push(Buffer.from(frame))));
        at += length;
      }
      assert.deepEqual(
        read,
        messages.map((bytes) => Buffer.from(bytes)),
      );
    }),
  );
});

test('a message is overwritten once it was taken', () => {
  const reader = new FrameReader(12, 4096);
  let kept: Buffer | undefined;
  reader.push(toFrame(Buffer.alloc(20, 'x')), (frame) => {
    kept = frame;
    assert.equal(frame.toString(), 'x'.repeat(20));
  });
  assert.ok(kept!.every((byte) => byte === 0));
});

test('a length out of bounds breaks the stream at once', () => {
  const none = (): void => assert.fail('a message came of it');
  for (const length of [0, 11, 4097, 65_535]) {
    const reader = new FrameReader(12, 4096);
    assert.equal(reader.push(Buffer.of(length >> 8), none), true);
    assert.equal(reader.push(Buffer.of(length & 255), none), false, `${length} bytes`);
  }
});
