import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64 } from './bytes.ts';
import { newOwnerSeed, ownerKeys } from './owner.ts';
import { newServerId } from './random.ts';
import { DEFAULT_SETTINGS, openSettings, type ServerSettings, sealSettings } from './server-settings.ts';
import { newX25519Private, x25519PublicKey } from './x25519.ts';

const server = newServerId();
const settings: ServerSettings = { ...DEFAULT_SETTINGS, server, counter: 3 };

async function keys() {
  const secret = newX25519Private('wireguard');
  return { secret, key: toBase64(await x25519PublicKey(secret)) };
}

test('the server opens what its owner signed, and every document has the same length', async () => {
  const owner = await ownerKeys(newOwnerSeed());
  const { secret, key } = await keys();
  const sealed = await sealSettings(settings, owner, key);
  assert.deepEqual(await openSettings(sealed, server, owner.ownerKey, secret), settings);
  const rules = Array.from({ length: 100 }, (_, index) => `name-${index}.example`);
  const more = { ...settings, filter: { ...settings.filter, block: rules } };
  assert.equal((await sealSettings(more, owner, key)).length, sealed.length);
});

test('another owner, another server and another key are refused', async () => {
  const [owner, stranger] = [await ownerKeys(newOwnerSeed()), await ownerKeys(newOwnerSeed())];
  const [mine, other] = [await keys(), await keys()];
  const sealed = await sealSettings(settings, owner, mine.key);
  await assert.rejects(openSettings(sealed, server, stranger.ownerKey, mine.secret), { code: 'bad_signature' });
  await assert.rejects(openSettings(sealed, newServerId(), owner.ownerKey, mine.secret), { code: 'bad_signature' });
  await assert.rejects(openSettings(sealed, server, owner.ownerKey, other.secret), { code: 'bad_signature' });
});

test('values outside the format are refused before anything is signed', async () => {
  const owner = await ownerKeys(newOwnerSeed());
  const { key } = await keys();
  for (const wrong of [
    { counter: 0 },
    { forgetAfterS: 29 },
    { forgetAfterS: 181 },
    { forgetAfterS: 60.5 },
    { more: 1 },
  ])
    await assert.rejects(sealSettings({ ...settings, ...wrong } as ServerSettings, owner, key), {
      code: 'bad_request',
    });
  const block = Array.from({ length: 200 }, (_, index) => `${'long'.repeat(12)}-${index}.example`);
  await assert.rejects(sealSettings({ ...settings, filter: { ...settings.filter, block } }, owner, key), {
    code: 'too_large',
  });
});
