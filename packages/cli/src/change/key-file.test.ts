import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signingPublicKey, toBase64Url, utf8 } from '@lethe/core';
import { makeKey, readKeyFile, unlockKey } from './key-file.ts';

const PHRASE = 'three blind mice run';
/** Cheap costs: the tests are about the format. */
const CHEAP = { N: 1024, r: 8, p: 1 };

interface Parsed {
  format: string;
  name: string;
  publicKey: string;
  kdf: { name: string; N: number; r: number; p: number; salt: string };
  cipher: { name: string; iv: string };
  sealed: string;
}

const made = makeKey('ada', PHRASE, CHEAP);

/** The file with something in it changed. */
async function changed(change: (file: Parsed) => void): Promise<Uint8Array> {
  const file = JSON.parse((await made).text) as Parsed;
  change(file);
  return utf8(JSON.stringify(file));
}

/** Another text of the same length and encoding. */
const other = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);

test('a key file opens with its passphrase, to the key it names', async () => {
  const { text, publicKey } = await made;
  const seed = await unlockKey(readKeyFile(utf8(text)), PHRASE);
  assert.equal(toBase64Url(await signingPublicKey(seed)), publicKey);
  assert.doesNotMatch(text, new RegExp(seed.revealBase64Url()));
  assert.notEqual((await makeKey('ada', PHRASE, CHEAP)).publicKey, publicKey);
});

test('new files cost 128 MiB a guess', async () => {
  const file = JSON.parse((await makeKey('ada', PHRASE)).text) as Parsed;
  assert.deepEqual({ ...file.kdf, salt: '' }, { name: 'scrypt', N: 131_072, r: 8, p: 1, salt: '' });
});

test('a wrong passphrase is said, and that nothing was signed', async () => {
  const file = readKeyFile(utf8((await made).text));
  await assert.rejects(unlockKey(file, 'three blind mice ran'), {
    code: 'wrong_code',
    message: /passphrase is wrong.*Nothing was signed/,
  });
});

test('no part of the file can be changed', async () => {
  const { publicKey } = await makeKey('eve', PHRASE, CHEAP);
  const changes: Record<string, (file: Parsed) => void> = {
    name: (file) => (file.name = 'eve'),
    publicKey: (file) => (file.publicKey = publicKey),
    N: (file) => (file.kdf.N = 2048),
    r: (file) => (file.kdf.r = 4),
    p: (file) => (file.kdf.p = 2),
    salt: (file) => (file.kdf.salt = other(file.kdf.salt)),
    iv: (file) => (file.cipher.iv = other(file.cipher.iv)),
    sealed: (file) => (file.sealed = other(file.sealed)),
  };
  for (const [what, change] of Object.entries(changes)) {
    const file = readKeyFile(await changed(change));
    await assert.rejects(unlockKey(file, PHRASE), { code: 'wrong_code' }, what);
  }
});

test('what is not the format is refused', async () => {
  const refused = (bytes: Uint8Array, message: RegExp, what?: string): void =>
    assert.throws(() => readKeyFile(bytes), { code: 'bad_request', message }, what);
  const { text } = await made;
  for (const length of [0, 1, 100, text.length - 3]) refused(utf8(text.slice(0, length)), /cut off/, String(length));
  refused(utf8(`${text}${' '.repeat(5000)}`), /too long/);
  refused(await changed((file) => (file.format = 'lethe-key-v2')), /another format/);
  refused(await changed((file) => (file.kdf.name = 'pbkdf2')), /other algorithms/);
  refused(await changed((file) => (file.cipher.name = 'none')), /other algorithms/);
  refused(await changed((file) => (file.sealed = file.sealed.slice(0, -4))), /sealed has another length/);
  refused(await changed((file) => (file.name = '\u001b[2J')), /name/);
  refused(await changed((file) => Object.assign(file, { more: 1 })), /other fields/);
});

test('parameters that would take the memory of the machine are refused before scrypt runs', async () => {
  const tooMuch: ((file: Parsed) => void)[] = [
    (file) => (file.kdf.N = 2 ** 19),
    (file) => (file.kdf.N = 2 ** 40),
    (file) => (file.kdf.r = 9),
    (file) => (file.kdf.p = 5),
    (file) => (file.kdf.N = 1000),
  ];
  for (const change of tooMuch) {
    const bytes = await changed(change);
    assert.throws(() => readKeyFile(bytes), { code: 'bad_request', message: /more memory or time/ });
  }
});
