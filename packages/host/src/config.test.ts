import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHostConfig } from './config.ts';

const good = {
  type: 'config',
  dataDir: '/var/lib/lethe',
  runDir: '/run/lethe/ab12cd',
  instance: 'ab12cd',
  controlUrl: 'http://localhost:8640',
  joinToken: null,
  region: { id: 'home', name: 'Home' },
  engine: 'auto',
  publicAddresses: ['198.51.100.1'],
  ports: { first: 1024, count: 60_000 },
  rootAnchors: null,
  image: { digest: 'a' },
  content: null,
};

test('a good configuration is taken, with no more ports than there are links', () => {
  assert.deepEqual(parseHostConfig(good).ports, { first: 1024, count: 16384 });
});

test('a control plane is called without encryption on this machine only', () => {
  for (const controlUrl of ['https://control.example', 'http://127.0.0.1:1', 'http://[::1]:1', 'http://localhost:1'])
    assert.equal(parseHostConfig({ ...good, controlUrl }).controlUrl, controlUrl);
});

test('nonsense is refused with its name', () => {
  for (const [change, message] of [
    [{ instance: 'ab12c' }, /instance/],
    [{ instance: '"; drop' }, /instance/],
    [{ dataDir: 'relative' }, /data directory/],
    [{ runDir: 5 }, /run directory/],
    [{ controlUrl: 'ftp://x' }, /control URL/],
    [{ controlUrl: 'nothing' }, /control URL/],
    [{ controlUrl: 'http://control.example' }, /control URL/],
    [{ controlUrl: 'http://198.51.100.1:8640' }, /control URL/],
    [{ controlUrl: 'http://localhost.example' }, /control URL/],
    [{ controlUrl: 'http://127.0.0.1.example' }, /control URL/],
    [{ joinToken: 5 }, /join token/],
    [{ region: null }, /region/],
    [{ publicAddresses: [] }, /public addresses/],
    [{ ports: { first: 0, count: 5 } }, /port range/],
    [{ ports: { first: 65535, count: 2 } }, /port range/],
    [{ rootAnchors: [5] }, /trust anchors/],
    [{ image: undefined }, /image/],
    // Left out by mistake it must not open the gate.
    [{ content: undefined }, /content of a release/],
    [{ content: {} }, /content of a release/],
  ] as const) {
    assert.throws(() => parseHostConfig({ ...good, ...change }), { code: 'bad_request', message });
  }
  assert.throws(() => parseHostConfig({ ...good, engine: 'docker' }), { code: 'unknown_engine' });
  assert.throws(() => parseHostConfig(undefined), { code: 'bad_request' });
});
