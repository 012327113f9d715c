import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { encodings } from '../markers/encodings.ts';
import { groupWindows, type Halves } from './grouping.ts';
import { BUCKETS, layOut, TABLES_BYTES } from './tables.ts';

const halves = (text: string): Halves => {
  const bytes = [...Buffer.from(text, 'latin1')];
  return { low: bytes.map((byte) => 1 << (byte & 15)), high: bytes.map((byte) => 1 << (byte >> 4)) };
};

test('windows that are alike share a bucket, and every window is in exactly one', () => {
  const texts = ['abcd', '\x01\x02\x03\x04', 'abce', '\x01\x02\x03\x05', 'bbcd', '\x02\x02\x03\x04', 'abdd'];
  const windows = texts.map((text) => ({ text, halves: halves(text) }));
  const groups = groupWindows(windows, 2).map((group) => group.map(({ text }) => text).toSorted());
  assert.deepEqual(
    groups.toSorted((a, b) => b.length - a.length),
    [
      ['abcd', 'abce', 'abdd', 'bbcd'],
      ['\x01\x02\x03\x04', '\x01\x02\x03\x05', '\x02\x02\x03\x04'],
    ],
  );
});

test('fewer windows than buckets leave buckets empty', () => {
  assert.equal(groupWindows([{ halves: halves('abcd') }], 3).flat().length, 1);
  assert.deepEqual(groupWindows([], 3), [[], [], []]);
});

test('the tables for a drill of 100 patterns allow less than one in 5,000 random places', () => {
  const word = (): string => `x${randomBytes(9).toString('hex')}`;
  const patterns = [
    ...(['dns', 'host', 'sni', 'udp'] as const).flatMap((kind) => encodings({ id: kind, kind, text: word() })),
    ...encodings({ id: 'client', kind: 'identity', address: '2001:db8:5::77', port: 40_001 }),
    ...encodings({ id: 'key', kind: 'identity', key: randomBytes(32) }),
  ];
  const { tables } = layOut(patterns);
  assert.equal(tables.length, TABLES_BYTES);
  const places = 1 << 20;
  const memory = randomBytes(places + 3);
  let allowed = 0;
  for (let at = 0; at < places; at += 1) {
    let buckets = (1 << BUCKETS) - 1;
    for (let place = 0; place < 4; place += 1) {
      const byte = memory[at + place]!;
      buckets &= tables[32 * place + (byte & 15)]! & tables[32 * place + 16 + (byte >> 4)]!;
    }
    if (buckets !== 0) allowed += 1;
  }
  assert.ok(allowed < places / 5000, `${allowed} of ${places}`);
});
