import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newServerId, randomBytes, Secret } from '@lethe/core';
import { EndedServers } from './ended.ts';

const DAY_MS = 86_400_000;

test('an ended server is remembered for forty days, by a hash that only this host can make', async (t) => {
  const path = mkdtempSync(join(tmpdir(), 'lethe-ended-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  const key = new Secret('host-seal', randomBytes(32));
  let now = Date.UTC(2030, 0, 1, 23, 59);
  const open = (with_ = key): Promise<EndedServers> => EndedServers.open(path, with_, () => now);
  const [one, two, other] = [newServerId(), newServerId(), newServerId()];
  const list = await open();
  await Promise.all([list.add(one), list.add(two), list.add(one)]);
  assert.deepEqual(readdirSync(path), ['2030-01-01']);
  const bytes = readFileSync(join(path, '2030-01-01'));
  assert.equal(bytes.length, 64);
  assert.ok(!bytes.toString('latin1').includes(one) && !bytes.toString('hex').includes(one));
  now += 40 * DAY_MS;
  const again = await open();
  await again.add(other);
  assert.deepEqual(await Promise.all([one, two, other, newServerId()].map((id) => again.has(id))), [
    true,
    true,
    true,
    false,
  ]);
  assert.equal(await (await open(new Secret('host-seal', randomBytes(32)))).has(one), false);
  now += DAY_MS;
  await again.purge();
  assert.deepEqual(readdirSync(path), ['2030-02-10']);
  assert.equal(await again.has(one), false);
  assert.equal(await (await open()).has(other), true);
});
