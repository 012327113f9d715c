import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodings } from './encodings.ts';
import type { Pattern } from './marker.ts';

const forms = (patterns: Pattern[], encoding: string): string[] =>
  patterns.filter((one) => one.encoding === encoding).map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
const bytesOf = (patterns: Pattern[], encoding: string): string[] =>
  patterns.filter((one) => one.encoding === encoding).map(({ bytes }) => Buffer.from(bytes).toString('hex'));

test('a word: text, UTF-16 in both orders, DNS label, hexadecimal and base64 at three offsets', () => {
  const all = encodings({ id: 'w', kind: 'dns', text: 'Quaxolith7' });
  assert.deepEqual(forms(all, 'text'), ['Quaxolith7']);
  assert.ok(all.find(({ encoding }) => encoding === 'text')!.anyCase);
  assert.deepEqual(forms(all, 'dns-label'), ['\nQuaxolith7']);
  assert.deepEqual(bytesOf(all, 'utf-16le'), [Buffer.from('Quaxolith7', 'utf16le').toString('hex')]);
  assert.deepEqual(bytesOf(all, 'utf-16be'), [Buffer.from('Quaxolith7', 'utf16le').swap16().toString('hex')]);
  assert.deepEqual(forms(all, 'text:hex'), ['517561786f6c69746837']);
  assert.deepEqual(forms(all, 'upper:hex'), [Buffer.from('QUAXOLITH7').toString('hex')]);
  for (const before of ['', 'a', 'ab']) {
    for (const after of ['', 'x', 'yz']) {
      const coded = Buffer.from(`${before}Quaxolith7${after}`).toString('base64');
      const here = [0, 1, 2].flatMap((offset) => forms(all, `text:base64+${offset}`));
      assert.ok(
        here.some((form) => coded.includes(form)),
        `${before}|${after}`,
      );
    }
  }
});

test('an IPv4 address: packed in both orders, with its port on either side, text, hexadecimal', () => {
  const all = encodings({ id: 'a', kind: 'destination', address: '203.0.113.80', port: 443 });
  assert.deepEqual(bytesOf(all, 'packed'), ['cb007150']);
  assert.deepEqual(bytesOf(all, 'packed-reversed'), ['507100cb']);
  assert.deepEqual(bytesOf(all, 'sockaddr'), ['01bbcb007150']);
  assert.deepEqual(bytesOf(all, 'address-port'), ['cb00715001bb']);
  assert.deepEqual(forms(all, 'text'), ['203.0.113.80']);
  assert.deepEqual(forms(all, 'packed:hex'), ['cb007150']);
});

test('an IPv6 address: short and full text, and the words of /proc/net', () => {
  const all = encodings({ id: 'a', kind: 'identity', address: '2001:db8:c::2', port: 0 });
  assert.deepEqual(forms(all, 'text'), ['2001:db8:c::2', '2001:0db8:000c:0000:0000:0000:0000:0002']);
  assert.deepEqual(forms(all, 'packed-words:hex'), [['b80d0120', '00000c00', '00000000', '02000000'].join('')]);
  assert.deepEqual(bytesOf(all, 'packed'), ['20010db8000c00000000000000000002']);
});

test('a key: raw, hexadecimal, base64', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1);
  const all = encodings({ id: 'k', kind: 'identity', key });
  assert.deepEqual(bytesOf(all, 'raw'), [Buffer.from(key).toString('hex')]);
  assert.ok(forms(all, 'key:base64+0').every((form) => Buffer.from(key).toString('base64').startsWith(form)));
});

test('an address that is none is refused', () => {
  for (const address of ['203.0.113', 'fe80::1%eth0', '::ffff:1.2.3.4', 'example'])
    assert.throws(() => encodings({ id: 'a', kind: 'destination', address, port: 1 }), { code: 'bad_request' });
});
