import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64, fromBase64Url, fromHex, toBase64, toBase64Url, toHex, utf8 } from './bytes.ts';
import { canonicalBytes, canonicalize, type Json, parseCanonical } from './canonical.ts';
import { LineReader, toLine } from './lines.ts';
import { linkAddresses, slotAddresses } from './tunnel.ts';

const bytes = fc.uint8Array({ maxLength: 100 });

test('base64, base64url and hex round-trip, and decode one spelling only', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      assert.deepEqual(fromBase64(toBase64(value)), new Uint8Array(value));
      assert.deepEqual(fromBase64Url(toBase64Url(value)), new Uint8Array(value));
      assert.deepEqual(fromHex(toHex(value)), new Uint8Array(value));
    }),
  );
  for (const text of ['AA=', 'AB==', 'A A=', 'AA==\n', '='])
    assert.throws(() => fromBase64(text), { code: 'bad_encoding' });
  for (const text of ['AB', 'AA==', 'A+', 'A']) assert.throws(() => fromBase64Url(text), { code: 'bad_encoding' });
  for (const text of ['0', '0G', 'AA']) assert.throws(() => fromHex(text), { code: 'bad_encoding' });
});

test('canonical JSON sorts by UTF-16 code units as RFC 8785 section 3.2.3 shows', () => {
  const value = {
    '\u20ac': 'Euro',
    '\r': 'CR',
    '\ufb33': 'Dalet',
    '1': 'One',
    '\ud83d\ude00': 'Smiley',
    '\u0080': 'Control',
    '\u00f6': 'o',
  };
  const order = [...canonicalize(value).matchAll(/:"(\w+)"/g)].map((match) => match[1]);
  assert.deepEqual(order, ['CR', 'One', 'Control', 'o', 'Euro', 'Smiley', 'Dalet']);
});

test('only the canonical spelling of a document is accepted', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      let spelled: Uint8Array;
      try {
        spelled = canonicalBytes(value as Json);
      } catch {
        return;
      }
      assert.equal(canonicalize(parseCanonical(spelled)), canonicalize(value as Json));
    }),
  );
  for (const text of ['{"a":1,"a":2}', '{ "a":1}', '{"b":1,"a":2}', '{"a":1.0}', '{"a":1e3}', '[1,]', '']) {
    assert.throws(() => parseCanonical(utf8(text)), { code: 'bad_encoding' }, text);
  }
  assert.throws(() => canonicalize(0.5), { code: 'bad_request' });
});

test('lines survive any split, and a long one is refused', () => {
  const values = [{ a: 1 }, ['ü'], 'x'];
  const stream = utf8(values.map(toLine).join(''));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
      const reader = new LineReader(100);
      const points = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      assert.deepEqual(
        points.slice(1).flatMap((end, i) => reader.push(stream.subarray(points[i], end))),
        values,
      );
    }),
  );
  assert.throws(() => new LineReader(10).push(new Uint8Array(11)), { code: 'too_large' });
  assert.throws(() => new LineReader(10).push(utf8('nonsense\n')), { code: 'bad_encoding' });
});

test('links never overlap and slots have one address of each family', () => {
  const seen = new Set<string>();
  for (const index of [0, 1, 63, 64, 255, 256, 16383]) {
    const link = linkAddresses(index);
    for (const address of [link.hostIpv4, link.serverIpv4, link.hostIpv6, link.serverIpv6]) {
      assert.ok(!seen.has(address), 'an address was given twice');
      seen.add(address);
    }
  }
  assert.equal(linkAddresses(16383).serverIpv4, '100.127.255.254');
  assert.throws(() => linkAddresses(16384), RangeError);
  assert.deepEqual(slotAddresses(254), { ipv4: '10.66.0.254', ipv6: 'fd66:6c65:7468:65::fe' });
});

test('a long line sent byte by byte arrives whole', () => {
  const value = 'x'.repeat(20_000);
  const reader = new LineReader(30_000);
  const values = Array.from(utf8(toLine(value)), (byte) => reader.push(new Uint8Array([byte]))).flat();
  assert.deepEqual(values, [value]);
});
