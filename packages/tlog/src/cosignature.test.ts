import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, toHex, utf8, verify } from '@lethe/core';
import { signer, witness } from '../tests/lib/signers.ts';
import { cosign, cosignatureTime, cosignatureVerifier } from './cosignature.ts';
import { parseNote, parseVkey } from './note.ts';

/** The example of the specification: its log, its witness, and a time that the text names as 1679315147. */
const SPEC = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

const wit = await witness('witness.example/w1', 9);
const text = parseNote(utf8(SPEC)).text;

/** The spelling of a cosignature: eight bytes of time, then the signature. */
const stamped = (time: bigint, signature: Uint8Array): Uint8Array => {
  const stamp = new Uint8Array(8);
  new DataView(stamp.buffer).setBigUint64(0, time);
  return concat(stamp, signature);
};

test('the time of the cosignature that the specification shows is read', () => {
  const [log, seen] = parseNote(utf8(SPEC)).signatures;
  assert.equal(cosignatureTime(seen!.signature), 1_679_315_147);
  assert.equal(cosignatureTime(log!.signature), undefined);
});

test('a witness signs the header, the time and the checkpoint', async () => {
  const { name, id, signature } = await cosign(text, wit.key, wit.seed, 1_679_315_147);
  assert.deepEqual([name, id, signature.length], ['witness.example/w1', wit.key.id, 72]);
  assert.equal(toHex(signature.subarray(0, 8)), '00000000641850cb');
  const message = utf8(`cosignature/v1\ntime 1679315147\n${text}`);
  assert.equal(await verify(wit.key.publicKey, message, signature.subarray(8)), true);
});

test('times up to 2^53 - 1 are written in eight bytes, and verify', async () => {
  const verifier = await cosignatureVerifier(wit.key);
  for (const time of [0, 1, 2 ** 32, 2 ** 53 - 1]) {
    const { signature } = await cosign(text, wit.key, wit.seed, time);
    assert.equal(cosignatureTime(signature), time);
    assert.equal(await verifier.verify(text, signature), true);
  }
});

test('a time beyond 2^53 is no time, even under a good signature', async () => {
  const verifier = await cosignatureVerifier(wit.key);
  const { signature } = await cosign(text, wit.key, wit.seed, 5);
  for (const time of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    const late = stamped(time, signature.subarray(8));
    assert.equal(cosignatureTime(late), undefined);
    assert.equal(await verifier.verify(text, late), false);
  }
});

test('a cosignature holds for its time and text alone', async () => {
  const verifier = await cosignatureVerifier(wit.key);
  const { signature } = await cosign(text, wit.key, wit.seed, 1000);
  assert.equal(await verifier.verify(text, stamped(1001n, signature.subarray(8))), false);
  assert.equal(await verifier.verify(text.replace('20852163', '20852164'), signature), false);
  assert.equal(await verifier.verify(`${text}extension\n`, signature), false);
  assert.equal(await (await cosignatureVerifier((await witness('b', 8)).key)).verify(text, signature), false);
});

test('a signature of another length is none', async () => {
  const verifier = await cosignatureVerifier(wit.key);
  const { signature } = await cosign(text, wit.key, wit.seed, 1000);
  for (const wrong of [
    signature.subarray(8),
    signature.subarray(1),
    concat(signature, Uint8Array.of(0)),
    new Uint8Array(0),
  ]) {
    assert.equal(cosignatureTime(wrong), undefined);
    assert.equal(await verifier.verify(text, wrong), false);
  }
});

test('the time is read where the signature lies, not where its buffer begins', async () => {
  const { signature } = await cosign(text, wit.key, wit.seed, 77);
  assert.equal(cosignatureTime(concat(new Uint8Array(5), signature).subarray(5)), 77);
});

test('the key of a log does not cosign, and a witness’s key has an id of its own', async () => {
  const log = await signer('witness.example/w1', 9);
  await assert.rejects(cosign(text, log.key, log.seed, 1), { code: 'bad_policy' });
  await assert.rejects(cosignatureVerifier(log.key), { code: 'bad_policy' });
  assert.deepEqual(log.key.publicKey, wit.key.publicKey);
  assert.notEqual(log.key.id, wit.key.id);
  assert.equal(parseVkey(wit.vkey).type, 4);
});
