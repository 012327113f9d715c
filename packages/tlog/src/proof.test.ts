import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, fromUtf8, toBase64, utf8 } from '@lethe/core';
import fc from 'fast-check';
import { signedText, signer } from '../tests/lib/signers.ts';
import { formatProof, parseProof, type TlogProof } from './proof.ts';

const hash = (n: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(n);
const checkpoint = await signedText('log.example\n9\nroot\n\nwith empty lines\n', [await signer('log.example', 1)]);
const NOTE = fromUtf8(checkpoint);
const HASH = toBase64(hash(1));

test('a proof is written as the draft shows it', () => {
  const bytes = formatProof({ index: 73_894, hashes: [hash(1), hash(2)], checkpoint, extra: utf8('extra') });
  assert.equal(
    fromUtf8(bytes),
    `c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 73894\n${HASH}\n${toBase64(hash(2))}\n\n${NOTE}`,
  );
});

test('every proof is read as it was written, the checkpoint byte for byte', () => {
  const proof = fc
    .record({
      index: fc.oneof(fc.constant(0), fc.maxSafeNat()),
      hashes: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 }),
      extra: fc.option(fc.uint8Array({ minLength: 1, maxLength: 99 }), { nil: undefined }),
    })
    .map(
      ({ index, hashes, extra }): TlogProof => ({
        index,
        hashes: hashes.map((one) => new Uint8Array(one)),
        checkpoint,
        ...(extra ? { extra: new Uint8Array(extra) } : {}),
      }),
    );
  fc.assert(
    fc.property(proof, (one) => {
      const bytes = formatProof(one);
      assert.deepEqual(parseProof(bytes), one);
      assert.deepEqual(formatProof(parseProof(bytes)), bytes);
    }),
  );
});

test('an extra of no bytes is left out, as the draft asks', () => {
  const bytes = formatProof({ index: 0, hashes: [], checkpoint, extra: new Uint8Array(0) });
  assert.deepEqual(parseProof(bytes), { index: 0, hashes: [], checkpoint });
});

test('the first empty line ends the hashes', () => {
  const { checkpoint: read, hashes } = parseProof(utf8(`c2sp.org/tlog-proof@v1\nindex 1\n${HASH}\n\n\n\n${NOTE}`));
  assert.equal(hashes.length, 1);
  assert.equal(fromUtf8(read), `\n\n${NOTE}`);
});

test('what is no proof is refused', () => {
  const head = 'c2sp.org/tlog-proof@v1';
  const wrong = [
    '',
    '\n\n',
    head,
    `${head}\nindex 0\n`,
    `${head}\n\n${NOTE}`,
    `${head} \nindex 0\n\n${NOTE}`,
    `c2sp.org/tlog-proof@v2\nindex 0\n\n${NOTE}`,
    `\n${head}\nindex 0\n\n${NOTE}`,
    `${head}\r\nindex 0\r\n\r\n${NOTE}`,
    `${head}\nindex\n\n${NOTE}`,
    `${head}\nindex \n\n${NOTE}`,
    `${head}\nindex 00\n\n${NOTE}`,
    `${head}\nindex -1\n\n${NOTE}`,
    `${head}\nindex  1\n\n${NOTE}`,
    `${head}\nindex 1 \n\n${NOTE}`,
    `${head}\nindex ${2 ** 53}\n\n${NOTE}`,
    `${head}\nIndex 1\n\n${NOTE}`,
    `${head}\nindex 1\nindex 1\n\n${NOTE}`,
    `${head}\nindex 1\nextra AAAA\n\n${NOTE}`,
    `${head}\nextra AAAA\n\n${NOTE}`,
    `${head}\nextra \nindex 1\n\n${NOTE}`,
    `${head}\nextra AAA\nindex 1\n\n${NOTE}`,
    `${head}\nextra AB==\nindex 1\n\n${NOTE}`,
    `${head}\nextra AAAA\nextra AAAA\nindex 1\n\n${NOTE}`,
    `${head}\nindex 1\n${HASH} \n\n${NOTE}`,
    `${head}\nindex 1\n${toBase64(new Uint8Array(31))}\n\n${NOTE}`,
    `${head}\nindex 1\n${toBase64(new Uint8Array(33))}\n\n${NOTE}`,
    `${head}\nindex 1\n${`${HASH}\n`.repeat(64)}\n${NOTE}`,
  ];
  for (const text of wrong) assert.throws(() => parseProof(utf8(text)), { code: 'bad_proof' }, text);
  assert.throws(() => parseProof(concat(formatProof({ index: 0, hashes: [], checkpoint }), Uint8Array.of(0xff))), {
    code: 'bad_proof',
  });
});

test('a file longer than 80,000 bytes is not read', () => {
  const long = formatProof({ index: 0, hashes: [], checkpoint: utf8('x'.repeat(80_000)) });
  assert.throws(() => parseProof(long), { code: 'too_large' });
});
