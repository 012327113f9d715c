import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressPrefix, limitKeys } from './limits.ts';

test('addresses of one customer share a prefix, others do not', () => {
  const same: [string, string][] = [
    ['192.0.2.1', '192.0.2.254'],
    ['192.0.2.1', '::ffff:192.0.2.9'],
    ['2001:db8:1::1', '2001:db8:1:ffff:1:2:3:4'],
    ['fe80::1%eth0', 'fe80::2%eth1'],
    ['::1', '::2'],
  ];
  for (const [a, b] of same) assert.equal(addressPrefix(a), addressPrefix(b), `${a} ${b}`);
  const different: [string, string][] = [
    ['192.0.2.1', '192.0.3.1'],
    ['2001:db8:1::1', '2001:db8:2::1'],
    ['::1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:1::1'],
  ];
  for (const [a, b] of different) assert.notEqual(addressPrefix(a), addressPrefix(b), `${a} ${b}`);
});

test('a key is no address, and is another one after an hour and in another process', () => {
  let now = 0;
  const keyOf = limitKeys(() => now);
  const first = keyOf('192.0.2.1');
  assert.match(first, /^[A-Za-z0-9+/]{43}=$/);
  assert.equal(keyOf('192.0.2.2'), first);
  assert.notEqual(limitKeys(() => now)('192.0.2.1'), first);
  now += 3_600_001;
  assert.notEqual(keyOf('192.0.2.1'), first);
});
