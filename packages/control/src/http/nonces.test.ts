import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIGNATURE_WINDOW_S } from '@lethe/core';
import { NonceCache } from './nonces.ts';

const code = (work: () => void): string => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a nonce is good once per key, as long as its signature could be accepted', () => {
  const start = 1000;
  const cache = new NonceCache(start);
  // Signed by a clock that is a whole window ahead: acceptable until two windows after it was first used.
  const request = { keyid: 'a', nonce: 'n', created: start + 10 + SIGNATURE_WINDOW_S };
  assert.equal(
    code(() => cache.accept(request, start + 10)),
    'accepted',
  );
  assert.equal(
    code(() => cache.accept({ ...request, keyid: 'b' }, start + 10)),
    'accepted',
  );
  for (let now = start + 10; now <= request.created + SIGNATURE_WINDOW_S; now += 7) {
    assert.equal(
      code(() => cache.accept(request, now)),
      'replayed',
      `after ${now - start} s`,
    );
    cache.accept({ keyid: 'c', nonce: String(now), created: now }, now);
  }
});

test('signatures of the second of the start, and earlier ones, are refused', () => {
  const cache = new NonceCache(1000.9);
  assert.equal(
    code(() => cache.accept({ keyid: 'a', nonce: '1', created: 999 }, 1001)),
    'signature_expired',
  );
  assert.equal(
    code(() => cache.accept({ keyid: 'a', nonce: '2', created: 1000 }, 1001)),
    'signature_expired',
  );
  assert.equal(
    code(() => cache.accept({ keyid: 'a', nonce: '3', created: 1001 }, 1001)),
    'accepted',
  );
});

test('a full cache refuses and forgets nothing; later there is room again', () => {
  const cache = new NonceCache(0, 2);
  const accept = (nonce: string, now: number) => code(() => cache.accept({ keyid: 'a', nonce, created: now }, now));
  assert.deepEqual(
    ['x', 'y', 'z'].map((nonce) => accept(nonce, 10)),
    ['accepted', 'accepted', 'too_many_requests'],
  );
  assert.equal(accept('x', 10), 'replayed');
  assert.equal(accept('z', 10 + 4 * SIGNATURE_WINDOW_S), 'accepted');
});

test('whoever signs with ever new keys fills a share of its own', () => {
  const cache = new NonceCache(1000, 100, 3);
  const sign = (keyid: string, requester: string) =>
    code(() => cache.accept({ keyid, nonce: 'n', created: 1001 }, 1001, requester));
  const answers = ['a', 'b', 'c', 'd'].map((keyid) => sign(keyid, 'stranger'));
  assert.deepEqual(answers, ['accepted', 'accepted', 'accepted', 'too_many_requests']);
  assert.equal(sign('e', 'customer'), 'accepted');
});
