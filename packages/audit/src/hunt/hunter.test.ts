import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileHunt } from '../../wasm/build.ts';
import { encodings } from '../markers/encodings.ts';
import type { Marker, Pattern } from '../markers/marker.ts';
import { fromBuffer, Hunter } from './hunter.ts';

const MARKERS: Marker[] = [
  { id: 'name', kind: 'dns', text: 'Quaxolith7Bz' },
  { id: 'four', kind: 'destination', address: '203.0.113.80', port: 443 },
  { id: 'six', kind: 'identity', address: '2001:db8:7::5', port: 51_820 },
  { id: 'key', kind: 'identity', key: randomBytes(32) },
];
const patterns = MARKERS.flatMap(encodings);

const fold = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte)));

/** What a search without any cleverness finds. */
function naive(memory: Uint8Array, all: readonly Pattern[]): string[] {
  const folded = fold(memory);
  return all.flatMap((pattern, id) => {
    const found: string[] = [];
    const [hay, needle] = pattern.anyCase ? [folded, fold(pattern.bytes)] : [Buffer.from(memory), pattern.bytes];
    for (let at = hay.indexOf(needle); at !== -1; at = hay.indexOf(needle, at + 1)) found.push(`${id}@${at}`);
    return found;
  });
}

test('the compiled search module is what its source says', async () => {
  const committed = readFileSync(new URL('../../wasm/hunt.wasm', import.meta.url));
  assert.equal(Buffer.compare(committed, await compileHunt()), 0, 'run packages/audit/wasm/build.ts');
});

test('the search finds what a plain search finds, also across the borders of what is read', () => {
  const memory = randomBytes(3 << 20);
  memory.fill(0, 400_000, 900_000);
  for (const [index, pattern] of patterns.entries()) {
    memory.set(pattern.bytes, 5000 + index * 997);
    memory.set(pattern.bytes, 500_000 + index * 517); // among zeros
  }
  for (const [index, border] of [1 << 20, 2 << 20].entries()) {
    const pattern = patterns[index * 3]!;
    memory.set(pattern.bytes, border - (pattern.bytes.length >> 1));
  }
  memory.set(patterns[0]!.bytes, memory.length - patterns[0]!.bytes.length);
  memory.set(patterns.at(-1)!.bytes, 0);
  const expected = naive(memory, patterns).toSorted();
  const hunter = new Hunter(patterns);
  const found = (read = fromBuffer(memory)): string[] =>
    hunter.search(read).map(({ pattern, offset }) => `${pattern}@${offset}`);
  assert.ok(expected.length >= 2 * patterns.length);
  assert.deepEqual(found().toSorted(), expected);
  const whole = fromBuffer(memory);
  const inPieces = found((into, offset) => whole(into.subarray(0, 1 + ((offset * 7919) % 100_003)), offset));
  assert.deepEqual(inPieces.toSorted(), expected);
});

test('more hits than fit at once are all found, each once', () => {
  const memory = new Uint8Array(512 * 1024);
  const [pattern] = encodings({ id: 'x', kind: 'udp', text: 'abcdabcd' }).filter(({ encoding }) => encoding === 'text');
  for (let at = 0; at < memory.length; at += 4) memory.set(Buffer.from('abcd'), at);
  assert.equal(new Hunter([pattern!]).search(fromBuffer(memory)).length, memory.length / 4 - 1);
});

test('a pattern too short to mean anything is refused', () => {
  const short = { marker: 'x', encoding: 'text', bytes: Uint8Array.of(1, 2, 3), anyCase: false };
  assert.throws(() => new Hunter([short]), /too short/);
  assert.throws(() => new Hunter([]), /no pattern/);
});
