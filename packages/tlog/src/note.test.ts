import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, toBase64, utf8 } from '@lethe/core';
import { type Signer, signedText, signer } from '../tests/lib/signers.ts';
import { signText } from './checkpoint.ts';
import {
  ed25519Verifier,
  formatNote,
  formatSignatureLine,
  formatVkey,
  MAX_NOTE,
  type NoteSignature,
  noteKey,
  parseNote,
  parseSignatureLine,
  parseVkey,
  verifiedSignatures,
} from './note.ts';

const ada = await signer('ada.example/log', 1);
const bob = await signer('bob.example/log', 2);
const text = 'What was said.\n';

const verifiersOf = (...signers: Signer[]) => Promise.all(signers.map(({ key }) => ed25519Verifier(key)));
const namesOf = async (bytes: Uint8Array, ...known: Signer[]): Promise<string[]> =>
  [...(await verifiedSignatures(parseNote(bytes), await verifiersOf(...known))).keys()].map(({ key }) => key.name);

const SPEC_VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const SPEC_NOTE =
  'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

test('the note that the specification shows is signed by the key that it shows', async () => {
  const key = parseVkey(SPEC_VKEY);
  assert.deepEqual([key.name, key.id, key.type], ['example.com/foo', 0x530d903a, 1]);
  assert.equal(formatVkey(key), SPEC_VKEY);
  const note = parseNote(utf8(SPEC_NOTE));
  assert.equal(note.text, 'This is an example message.\n');
  assert.equal((await verifiedSignatures(note, [await ed25519Verifier(key)])).size, 1);
  assert.equal(formatNote(note), SPEC_NOTE);
});

test('a key whose base64 holds plus signs is read', async () => {
  const vkeys = Array.from({ length: 300 }, (_, i) =>
    formatVkey(noteKey('a', 1, new Uint8Array(32).fill(i % 256, i % 7))),
  );
  const withPlus = vkeys.filter((vkey) => vkey.split('+').length > 3);
  assert.ok(withPlus.length > 3);
  for (const vkey of withPlus) assert.equal(formatVkey(parseVkey(vkey)), vkey);
});

test('a key of another name, type or bytes has another id', () => {
  const { id } = ada.key;
  assert.notEqual(noteKey('ada.example/log2', 1, ada.key.publicKey).id, id);
  assert.notEqual(noteKey('ada.example/log', 4, ada.key.publicKey).id, id);
  assert.notEqual(noteKey('ada.example/log', 1, bob.key.publicKey).id, id);
});

test('what is no key is refused', () => {
  const [name, id, base64] = SPEC_VKEY.split('+') as [string, string, string];
  const wrong = [
    '',
    name,
    `${name}+${id}`,
    `${name}+${id}+`,
    `+${id}+${base64}`,
    `${name}+${id.toUpperCase()}+${base64}`,
    `${name}+0x${id.slice(2)}+${base64}`,
    `${name}+${id.slice(1)}+${base64}`,
    `${name}+530d903b+${base64}`,
    `other+${id}+${base64}`,
    `${name}+${id}+${base64}=`,
    `${name}+${id}+${base64} `,
    `${name}+${id}+${base64.slice(0, -4)}`,
    `${name}+${id}+${base64.replace('A', 'B')}`,
    `${name}\u00a0+${id}+${base64}`,
    `${SPEC_VKEY}\n`,
    formatVkey(noteKey('short', 1, new Uint8Array(31))),
    formatVkey(noteKey('long', 4, new Uint8Array(33))),
    formatVkey(noteKey('lattice', 6, new Uint8Array(1311))),
    formatVkey(noteKey('nothing', 1, new Uint8Array(0))),
  ];
  for (const vkey of wrong) assert.throws(() => parseVkey(vkey), { code: 'bad_policy' }, vkey);
  for (const bad of ['', 'a b', 'a+b', 'a\tb', 'a\u2003b', 'a\u0085b', 'a\n'])
    assert.throws(() => noteKey(bad, 1, new Uint8Array(32)), { code: 'bad_policy' });
});

test('a key of an unknown type can be read, and verifies nothing', async () => {
  const key = noteKey('future.example', 0xff, new Uint8Array(7));
  assert.deepEqual(parseVkey(formatVkey(key)), key);
  await assert.rejects(ed25519Verifier(key), { code: 'bad_policy' });
});

test('a key that is no point of the curve’s prime group makes no verifier', async () => {
  const small = noteKey('small.example', 1, Uint8Array.of(1, ...new Uint8Array(31)));
  await assert.rejects(ed25519Verifier(small), { code: 'bad_public_key' });
});

test('signatures of known keys are found, in any order, and unknown ones are ignored', async () => {
  const bytes = await signedText(text, [ada, bob]);
  assert.deepEqual(await namesOf(bytes, ada, bob), ['ada.example/log', 'bob.example/log']);
  assert.deepEqual(await namesOf(bytes, bob), ['bob.example/log']);
  assert.deepEqual(await namesOf(bytes), []);
});

/** A line that looks like `by`’s, with one bit of the signature turned. */
async function forged(by: Signer): Promise<NoteSignature> {
  const line = await signText(text, by.key, by.seed);
  return { ...line, signature: line.signature.with(10, line.signature[10]! ^ 1) };
}

test('a known key with a bad signature refuses the whole note, also beside a good one', async () => {
  const good = await signText(text, ada.key, ada.seed);
  const note = { text, signatures: [good, await forged(bob)] };
  await assert.rejects(verifiedSignatures(note, await verifiersOf(ada, bob)), { code: 'note_bad_signature' });
  assert.equal((await verifiedSignatures(note, await verifiersOf(ada))).size, 1);
});

test('a line counts for a key only if name and id are the key’s', async () => {
  const line = await signText(text, ada.key, ada.seed);
  for (const change of [{ name: 'other.example' }, { id: line.id ^ 1 }]) {
    const note = { text, signatures: [{ ...line, ...change }] };
    assert.equal((await verifiedSignatures(note, await verifiersOf(ada))).size, 0);
  }
});

test('of several signatures by one key the first counts, and each must be valid', async () => {
  const line = await signText(text, ada.key, ada.seed);
  const verifiers = await verifiersOf(ada);
  const verified = await verifiedSignatures({ text, signatures: [line, { ...line }] }, verifiers);
  assert.equal(verified.get(verifiers[0]!), line);
  const broken = { ...line, signature: line.signature.with(3, line.signature[3]! ^ 1) };
  for (const signatures of [
    [line, broken],
    [broken, line],
  ])
    await assert.rejects(verifiedSignatures({ text, signatures }, verifiers), { code: 'note_bad_signature' });
});

test('a signature holds for its text alone, and for its length', async () => {
  const line = await signText(text, ada.key, ada.seed);
  const verifiers = await verifiersOf(ada);
  for (const note of [
    { text: `${text}\n`, signatures: [line] },
    { text: text.trimEnd(), signatures: [line] },
    { text, signatures: [{ ...line, signature: line.signature.subarray(1) }] },
    { text, signatures: [{ ...line, signature: concat(line.signature, Uint8Array.of(0)) }] },
  ])
    await assert.rejects(verifiedSignatures(note, verifiers), { code: 'note_bad_signature' });
});

test('the last empty line ends the text', async () => {
  const poem = 'one\n\ntwo\n\n\nthree\n\n';
  const bytes = await signedText(poem, [ada]);
  assert.equal(parseNote(bytes).text, poem);
  assert.deepEqual(await namesOf(bytes, ada), ['ada.example/log']);
});

test('text that looks like signatures is text', async () => {
  const line = formatSignatureLine(await signText(text, bob.key, bob.seed));
  const bytes = await signedText(`${text}\n${line}\n`, [ada]);
  assert.deepEqual(await namesOf(bytes, ada, bob), ['ada.example/log']);
});

const line = formatSignatureLine(await signText(text, ada.key, ada.seed));

test('what is no note is refused', () => {
  const wrong = [
    '',
    '\n',
    '\n\n',
    text,
    `${text}\n`,
    `${text}${line}\n`,
    `${text}\n${line}`,
    `${text}\n${line}\n\n`,
    `${text}\n${line}\nmore\n`,
    `${text}\n${line}\n${text}`,
    `${text}\n-${line.slice(1)}\n`,
    `${text}\n${line} \n`,
    `${text}\n ${line}\n`,
    `${text}\n${line.replace(' ', '  ')}\n`,
    `${text}\n— ada.example/log\n`,
    `${text}\n— ada.example/log AAAA\n`,
    `${text}\n— ada.example/log AAAAAA==\n`,
    `${text}\n— ada+log AAAAAAA=\n`,
    `${text}\n— ada\u00a0log AAAAAAA=\n`,
    `${text}\n— ada\u0085log AAAAAAA=\n`,
    `${text}\n${line.slice(0, -1)}\n`,
    `${text}\n${line.replace(/.=$/, 'B=')}\n`,
  ];
  for (const note of wrong) assert.throws(() => parseNote(utf8(note)), { code: 'bad_note' }, note);
});

test('control characters and broken UTF-8 are refused wherever they stand', () => {
  const good = `${text}\n${line}\n`;
  parseNote(utf8(good));
  for (const code of Array.from({ length: 32 }, (_, i) => i).filter((i) => i !== 10)) {
    const control = String.fromCharCode(code);
    for (const note of [`a${control}${good}`, good.replace(' ', control), good.replace('ada.', control)])
      assert.throws(() => parseNote(utf8(note)), { code: 'bad_note' }, `U+${code}`);
  }
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x80]])
    assert.throws(() => parseNote(concat(Uint8Array.from(bytes), utf8(good))), { code: 'bad_note' });
});

test('a byte order mark belongs to the text', async () => {
  const marked = `\ufeff${text}`;
  const bytes = await signedText(marked, [ada]);
  assert.equal(parseNote(bytes).text, marked);
  assert.deepEqual(await namesOf(bytes, ada), ['ada.example/log']);
  await assert.rejects(namesOf(concat(utf8('\ufeff'), await signedText(text, [ada])), ada), {
    code: 'note_bad_signature',
  });
});

test('a name may hold any character that is no white space', () => {
  for (const name of ['a\ufeffb', '—', 'é', '日本', '#', 'a\u200bb']) {
    const signature = { name, id: 7, signature: Uint8Array.of(1, 2, 3) };
    assert.deepEqual(parseSignatureLine(formatSignatureLine(signature)), signature);
    assert.equal(formatVkey(parseVkey(formatVkey(noteKey(name, 1, ada.key.publicKey)))).split('+')[0], name);
  }
});

test('sixteen signatures are read, 64 at most, in 65,536 bytes at most', () => {
  const lines = (n: number): Uint8Array => utf8(`${text}\n${`${line}\n`.repeat(n)}`);
  assert.equal(parseNote(lines(16)).signatures.length, 16);
  assert.equal(parseNote(lines(64)).signatures.length, 64);
  assert.throws(() => parseNote(lines(65)), { code: 'too_large' });
  const filled = (size: number): Uint8Array => utf8(`${'x'.repeat(size - lines(1).length)}${text}\n${line}\n`);
  assert.equal(filled(MAX_NOTE).length, MAX_NOTE);
  parseNote(filled(MAX_NOTE));
  assert.throws(() => parseNote(filled(MAX_NOTE + 1)), { code: 'too_large' });
  const lattice = { name: 'w.example', id: 1, signature: new Uint8Array(2428) };
  assert.ok(utf8(formatNote({ text, signatures: Array.from({ length: 16 }, () => lattice) })).length < MAX_NOTE);
});

test('an id that begins with zeros is written in full', () => {
  const signature = { name: 'a', id: 1, signature: Uint8Array.of(9) };
  assert.equal(formatSignatureLine(signature), `— a ${toBase64(Uint8Array.of(0, 0, 0, 1, 9))}`);
});
