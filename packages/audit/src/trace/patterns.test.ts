import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { tracePatterns } from './patterns.ts';

const word = { id: 'w', kind: 'dns', text: 'quaxolith77abc' } as const;
const patterns = tracePatterns([
  word,
  { id: 'a', kind: 'destination', address: '198.51.100.53', port: 4444 },
  { id: 'k', kind: 'identity', key: Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1) },
]);

/** What a shell makes of them, as the lines that grep takes. */
const lines = (octal: string): Buffer[] => {
  const bytes = execFileSync('sh', ['-c', `printf '${octal}'`]);
  const found: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from);
    found.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return found;
};

test('what travels holds no marker in any form, and a shell makes every pattern of it', () => {
  for (const octal of [patterns.files, patterns.memory]) {
    assert.doesNotMatch(octal, /quaxolith|198\.51/i);
    assert.match(octal, /^(\\[0-7]{3}|\\n)+$/);
  }
  const made = lines(patterns.files);
  assert.ok(made.some((line) => line.equals(Buffer.from('quaxolith77abc'))));
  assert.ok(made.some((line) => line.equals(Buffer.from('quaxolith77abc', 'utf16le'))));
  assert.ok(made.some((line) => line.equals(Buffer.from('198.51.100.53'))));
  assert.ok(made.every((line) => line.length >= 5 && !line.includes(10)));
});

test('for memory the zero bytes are out of the patterns, as they are out of what is searched', () => {
  assert.ok(lines(patterns.memory).every((line) => !line.includes(0)));
});

test('a found string is named in whatever case it was found, and no other', () => {
  assert.deepEqual(patterns.nameOf(Buffer.from('QUAXOLITH77ABC')), { marker: 'w', encoding: 'text' });
  assert.deepEqual(patterns.nameOf(Buffer.from(Buffer.from(word.text).toString('hex'))), {
    marker: 'w',
    encoding: 'text:hex',
  });
  assert.equal(patterns.nameOf(Buffer.from('198.51.100.53'))?.marker, 'a');
  assert.equal(patterns.nameOf(Buffer.from('quaxolith77ab')), null);
});
