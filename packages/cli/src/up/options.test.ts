import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseUpOptions, type RawUpOptions } from './options.ts';

const raw: RawUpOptions = {
  data: 'd',
  port: '8640',
  engine: 'auto',
  ports: '51820-51829',
  region: 'Home',
  epoch: '3600',
};
const parse = (change: Partial<RawUpOptions>) => parseUpOptions({ ...raw, ...change }, '/base');

test('good options are read, relative to where the command was called', () => {
  assert.deepEqual(parse({}), {
    dataDir: '/base/d',
    port: 8640,
    engine: 'auto',
    publicAddresses: [],
    ports: { first: 51820, count: 10 },
    region: { id: 'home', name: 'Home' },
    rootAnchors: null,
    epochS: 3600,
    json: false,
  });
  assert.deepEqual(parse({ publicAddress: ['vpn.example.net', '2001:db8::1'] }).publicAddresses, [
    'vpn.example.net',
    '2001:db8::1',
  ]);
});

test('nonsense is refused with the option named', () => {
  for (const epoch of ['0', '7', '3601', '172800', 'x', '1e3'])
    assert.throws(() => parse({ epoch }), { code: 'bad_request', message: /--epoch / });
  assert.equal(parse({ epoch: '60' }).epochS, 60);
  for (const port of ['0', '65536', 'x', '-1', ''])
    assert.throws(() => parse({ port }), { code: 'bad_request', message: /--port / });
  for (const ports of ['5', '9-8', '0-5', '1-70000'])
    assert.throws(() => parse({ ports }), { code: 'bad_request', message: /--ports/ });
  for (const address of ['a b', '-x', '1.2.3.4;reboot', '']) {
    assert.throws(() => parse({ publicAddress: [address] }), { code: 'bad_request', message: /--public-address/ });
  }
  assert.throws(() => parse({ engine: 'docker' }), { code: 'unknown_engine' });
  assert.throws(() => parse({ region: 'a/b' }), { code: 'bad_request', message: /--region/ });
});

test('a trust anchor file must hold anchors', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'lethe-options-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'anchor');
  assert.throws(() => parse({ rootAnchor: file }), { code: 'bad_request', message: /cannot be read/ });
  writeFileSync(file, '; nothing\n');
  assert.throws(() => parse({ rootAnchor: file }), { code: 'bad_request', message: /no DS or DNSKEY/ });
  writeFileSync(file, '. IN DS 1 13 2 AB ; key\n');
  assert.deepEqual(parse({ rootAnchor: file }).rootAnchors, ['. IN DS 1 13 2 AB']);
});
