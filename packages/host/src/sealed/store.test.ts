import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { newServerId, randomBytes, Secret } from '@lethe/core';
import type { ServerRecord } from './record.ts';
import { openSecretFile } from './secret-file.ts';
import { SealedStore } from './store.ts';

const key = (): Secret<'host-seal'> => new Secret('host-seal', randomBytes(32));
const record = (change: Partial<ServerRecord> = {}): ServerRecord => ({
  ownerKey: 'A'.repeat(43),
  keys: { wireguard: `${'B'.repeat(43)}=`, node: `${'C'.repeat(43)}=` },
  port: 51820,
  link: 3,
  engine: 'microvm',
  devices: { payloadType: 't', payload: 'cA==', signatures: [{ keyid: 'k', sig: 's' }] },
  settings: null,
  enrolled: true,
  ...change,
});

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'lethe-store-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a record comes back as it was, and tells nothing in its file', async (t) => {
  const path = directory(t);
  const [seal, id] = [key(), newServerId()];
  const store = await SealedStore.open(path, seal);
  await store.write(id, record());
  assert.deepEqual((await (await SealedStore.open(path, seal)).load()).records.get(id), record());
  const bytes = readFileSync(join(path, id));
  assert.equal(bytes.includes('BBBB'), false);
  assert.equal(statSync(join(path, id)).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, id)).mtimeMs % 86_400_000, 0, 'the file does not tell at what time it was written');
  const size = bytes.length;
  await store.write(id, record({ devices: { ...record().devices, payload: 'A'.repeat(1200) } }));
  assert.equal(readFileSync(join(path, id)).length, size, 'the size does not tell how many devices there are');
});

test('another key, another server, a changed byte and a short file are damage, never an error', async (t) => {
  const path = directory(t);
  const [seal, id, other, changed, short] = [key(), newServerId(), newServerId(), newServerId(), newServerId()];
  const store = await SealedStore.open(path, seal);
  await store.write(id, record());
  const bytes = readFileSync(join(path, id));
  writeFileSync(join(path, other), bytes);
  writeFileSync(join(path, changed), bytes.with(40, bytes[40]! ^ 1));
  writeFileSync(join(path, short), bytes.subarray(0, 10));
  const contents = await store.load();
  assert.deepEqual([...contents.records.keys()], [id]);
  assert.deepEqual(contents.damaged.toSorted(), [other, changed, short].toSorted());
  assert.deepEqual((await (await SealedStore.open(path, key())).load()).damaged.length, 4);
});

test('a write that was cut off leaves the record before, and its remains go', async (t) => {
  const path = directory(t);
  const [seal, id] = [key(), newServerId()];
  await (await SealedStore.open(path, seal)).write(id, record());
  writeFileSync(join(path, `${id}.new`), 'half');
  const contents = await (await SealedStore.open(path, seal)).load();
  assert.deepEqual(contents.records.get(id), record());
  assert.deepEqual(readdirSync(path), [id]);
});

test('a removed record is gone, and removing it again is no error', async (t) => {
  const path = directory(t);
  const id = newServerId();
  const store = await SealedStore.open(path, key());
  await store.write(id, record());
  await store.remove(id);
  await store.remove(id);
  assert.deepEqual(readdirSync(path), []);
});

test('a key file is made once, for root alone, and a damaged one is refused', async (t) => {
  const file = join(directory(t), 'key');
  const made = await openSecretFile(file, 'host-seal');
  assert.deepEqual((await openSecretFile(file, 'host-seal')).reveal(), made.reveal());
  assert.equal(statSync(file).mode & 0o777, 0o600);
  writeFileSync(file, 'short');
  await assert.rejects(openSecretFile(file, 'host-seal'), { code: 'internal' });
});
