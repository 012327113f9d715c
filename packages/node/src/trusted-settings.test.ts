import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { toBase64 } from '@lethe/core/bytes';
import { newOwnerSeed, type OwnerKeys, ownerKeys } from '@lethe/core/owner';
import { newServerId } from '@lethe/core/random';
import { DEFAULT_SETTINGS, type ServerSettings, sealSettings } from '@lethe/core/server-settings';
import { newX25519Private, x25519PublicKey } from '@lethe/core/x25519';
import { TrustedSettings } from './trusted-settings.ts';

const server = newServerId();

async function setUp(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-settings-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const owner = await ownerKeys(newOwnerSeed());
  const wireguard = newX25519Private('wireguard');
  const key = toBase64(await x25519PublicKey(wireguard));
  const file = join(directory, 'settings');
  const open = () => TrustedSettings.open(file, { server, ownerKey: owner.ownerKey, wireguard });
  const seal = (change: Partial<ServerSettings>, by: OwnerKeys = owner) =>
    sealSettings({ ...DEFAULT_SETTINGS, server, counter: 1, ...change }, by, key);
  return { file, open, seal };
}

test('newer settings take the place of older ones, also after a crash of the agent', async (t) => {
  const { open, seal } = await setUp(t);
  const trusted = await open();
  assert.equal(trusted.settings.counter, 0);
  await trusted.accept(await seal({ counter: 2, forgetAfterS: 60 }));
  const again = await open();
  assert.equal(again.settings.forgetAfterS, 60);
  await assert.rejects(again.accept(await seal({ counter: 1 })), { code: 'stale_counter' });
  await assert.rejects(again.accept(await seal({ counter: 2, forgetAfterS: 90 })), { code: 'stale_counter' });
  assert.equal((await again.accept(await seal({ counter: 2, forgetAfterS: 60 }))).counter, 2, 'the same again');
  assert.equal(again.settings.forgetAfterS, 60);
});

test('settings of somebody else change nothing', async (t) => {
  const { open, seal } = await setUp(t);
  const trusted = await open();
  const stranger = await ownerKeys(newOwnerSeed());
  await assert.rejects(trusted.accept(await seal({ counter: 5 }, stranger)), { code: 'bad_signature' });
  assert.equal(trusted.settings.counter, 0);
});

test('a kept file that was tampered with is refused', async (t) => {
  const { file, open } = await setUp(t);
  writeFileSync(file, 'AAAA');
  await assert.rejects(open());
});
