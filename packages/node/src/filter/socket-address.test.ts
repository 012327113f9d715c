import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { allowedSockets, packAddress, toSocketAddress } from './socket-address.ts';
import { allowedSources } from './sources.ts';

test('an address is packed as the kernel has it', () => {
  assert.deepEqual([...packAddress('192.0.2.7')], [192, 0, 2, 7]);
  assert.equal(packAddress('2001:db8::7').toString('hex'), '20010db8000000000000000000000007');
  assert.throws(() => packAddress('example'), TypeError);
  assert.equal(
    toSocketAddress({ address: '127.0.0.1', port: 0x1234 }).toString('hex'),
    '020012347f0000010000000000000000',
  );
});

test('the networks that may ask are the same for packed addresses as for written ones', () => {
  const ranges = ['10.66.0.0/20', '192.0.2.128/25', '198.51.100.7/32', 'fd00:66::/57', '2001:db8::1/128'];
  const written = allowedSources(ranges);
  const packed = allowedSockets(ranges);
  // Near the borders of the networks, and anywhere.
  const near = ['10.66.15.255', '10.66.16.0', '192.0.2.127', '192.0.2.128', '198.51.100.7', '198.51.100.6'].concat([
    'fd00:66:0:7f:ffff::1',
    'fd00:66:0:80::',
    '2001:db8::1',
    '2001:db8::2',
    '::ffff:10.66.0.1',
  ]);
  const check = (address: string): void => {
    const expected = isIPv4(address) || !address.startsWith('::ffff:') ? written(address) : false;
    const bytes = Buffer.concat([Buffer.alloc(5), toSocketAddress({ address, port: 53 })]);
    assert.equal(packed(bytes, 5), expected, address);
  };
  near.forEach(check);
  assert.equal(near.filter(written).length >= 5, true);
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), check));
});
