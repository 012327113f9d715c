import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromUtf8, LetheError, utf8 } from '@lethe/core';
import fc from 'fast-check';
import { formatRequest, MAX_BODY, parseRequest } from './request.ts';

/** The example of the specification; its signatures are not looked at here. */
const EXAMPLE = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`;

test('the example of the specification is read, and written the same', () => {
  const { old, proof, note, checkpoint } = parseRequest(utf8(EXAMPLE));
  assert.equal(old, 20_852_014);
  assert.equal(proof.length, 4);
  assert.equal(checkpoint.origin, 'example.com/behind-the-sofa');
  assert.equal(checkpoint.size, 20_852_163);
  assert.equal(note.signatures.length, 2);
  const sent = utf8(EXAMPLE.slice(EXAMPLE.indexOf('\n\n') + 2));
  assert.equal(fromUtf8(formatRequest({ old, proof, checkpoint: sent })), EXAMPLE);
});

test('the longest body is one of a longest note with a longest proof', () => {
  const checkpoint = utf8('x'.repeat(65_536));
  const proof = Array.from({ length: 63 }, () => new Uint8Array(32));
  assert.equal(formatRequest({ old: Number.MAX_SAFE_INTEGER, proof, checkpoint }).length, MAX_BODY);
});

test('any bytes are read or refused with a code, never anything else', () => {
  const refuses = (body: Uint8Array): void => {
    try {
      parseRequest(body);
    } catch (error) {
      assert.ok(error instanceof LetheError, String(error));
    }
  };
  const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom(...EXAMPLE.split('\n'), '', 'old 1')), {
    maxLength: 12,
  });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), refuses));
  fc.assert(fc.property(lines, (all) => refuses(utf8(all.join('\n')))));
});
