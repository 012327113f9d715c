import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64, utf8 } from '@lethe/core';
import { signer, witness } from '../tests/lib/signers.ts';
import { formatCheckpoint, parseCheckpoint, signText } from './checkpoint.ts';
import { parseNote } from './note.ts';

/** The example of the specification. */
const SPEC = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const ROOT = toBase64(new Uint8Array(32));

test('the checkpoint that the specification shows is read, and written as it was', () => {
  const checkpoint = parseCheckpoint(SPEC);
  assert.deepEqual(checkpoint, {
    origin: 'example.com/behind-the-sofa',
    size: 20_852_163,
    root: checkpoint.root,
    extensions: [],
  });
  assert.equal(formatCheckpoint(checkpoint), SPEC);
});

test('extension lines are kept', () => {
  const text = `${SPEC}one\n two \n`;
  assert.deepEqual(parseCheckpoint(text).extensions, ['one', ' two ']);
  assert.equal(formatCheckpoint(parseCheckpoint(text)), text);
});

test('sizes reach from 0 to 2^53 - 1 in one spelling', () => {
  const sized = (size: string): string => `log\n${size}\n${ROOT}\n`;
  for (const size of [0, 1, 2 ** 32, 2 ** 53 - 1]) assert.equal(parseCheckpoint(sized(String(size))).size, size);
  for (const size of [
    '',
    '00',
    '01',
    '+1',
    '-1',
    '1.0',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '1\r',
    '١',
    String(2 ** 53),
    '9'.repeat(30),
  ])
    assert.throws(() => parseCheckpoint(sized(size)), { code: 'bad_checkpoint' }, size);
});

test('what is no checkpoint is refused', () => {
  const wrong = [
    '',
    '\n',
    'log\n',
    'log\n1\n',
    `log\n1\n${ROOT}`,
    `\n1\n${ROOT}\n`,
    `log\n1\n\n`,
    `log\n1\n${ROOT}\n\n`,
    `log\n1\n${ROOT}\n\nmore\n`,
    `log\n1\n${ROOT}\nmore\n\n`,
    `log\n1\n${ROOT}\nmore`,
    `log\n\n1\n${ROOT}\n`,
    `log\n1\n${ROOT} \n`,
    `log\n1\n${ROOT}=\n`,
    `log\n1\n${toBase64(new Uint8Array(31))}\n`,
    `log\n1\n${toBase64(new Uint8Array(33))}\n`,
    `log\n1\n${ROOT.slice(0, -2)}B=\n`,
    `log\r\n1\r\n${ROOT}\r\n`,
    `${'x'.repeat(256)}\n1\n${ROOT}\n`,
  ];
  for (const text of wrong) assert.throws(() => parseCheckpoint(text), { code: 'bad_checkpoint' }, text);
});

test('a text whose last line is empty never passes for the checkpoint before it', () => {
  const note = parseNote(utf8(`${SPEC}\n\n— a AAAAAAA=\n`));
  assert.equal(note.text, `${SPEC}\n`);
  assert.throws(() => parseCheckpoint(note.text), { code: 'bad_checkpoint' });
});

test('a log signs with a key of a log', async () => {
  const log = await signer('log.example', 1);
  const line = await signText(SPEC, log.key, log.seed);
  assert.deepEqual([line.name, line.id, line.signature.length], ['log.example', log.key.id, 64]);
  const other = await witness('log.example', 1);
  await assert.rejects(signText(SPEC, other.key, other.seed), { code: 'bad_policy' });
});
