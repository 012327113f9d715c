import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { chooseList, forgetList, type LockedPackage, releaseName, rememberList, writeLock } from './lock.ts';

let dir: string;
let lock: string;
let own: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lethe-lock-'));
  lock = join(dir, 'image.lock.json');
  own = join(dir, 'resolved');
});
afterEach(() => rmSync(dir, { recursive: true }));

const list = (version: string): LockedPackage[] => [{ name: 'a', version, sha256: '0'.repeat(64), size: 1 }];

test('a release is known by its id and version, or by its code name before it has a version', async () => {
  const file = join(dir, 'os-release');
  writeFileSync(file, 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\n');
  assert.equal(await releaseName(file), 'ubuntu-24.04');
  writeFileSync(file, 'ID=debian\nVERSION_CODENAME=forky\n');
  assert.equal(await releaseName(file), 'debian-forky');
});

test('the lock counts for its release and no other', async () => {
  await writeLock(lock, 'debian-12', list('1'));
  await writeLock(lock, 'debian-13', list('2'));
  assert.deepEqual(await chooseList(lock, own, 'debian-12'), { packages: list('1'), source: 'lock' });
  assert.deepEqual(await chooseList(lock, own, 'debian-13'), { packages: list('2'), source: 'lock' });
  assert.deepEqual(await chooseList(lock, own, 'ubuntu-24.04'), { packages: [], source: 'none' });
});

test("a machine's own list takes the place of the lock that it was made for, until the lock changes", async () => {
  await writeLock(lock, 'debian-12', list('1'));
  await rememberList(lock, own, 'debian-12', list('7'));
  assert.deepEqual(await chooseList(lock, own, 'debian-12'), { packages: list('7'), source: 'machine' });
  await writeLock(lock, 'debian-12', list('2'));
  assert.deepEqual(await chooseList(lock, own, 'debian-12'), { packages: list('2'), source: 'lock' });
});

test('a forgotten list is gone', async () => {
  await rememberList(lock, own, 'debian-12', list('7'));
  assert.equal((await chooseList(lock, own, 'debian-12')).source, 'machine');
  await forgetList(lock, own, 'debian-12');
  assert.deepEqual(readdirSync(own), []);
});

test('a damaged lock file is an error with a way out, and stays as it is', async () => {
  writeFileSync(lock, '{"debian-12":');
  await assert.rejects(chooseList(lock, own, 'debian-12'), { code: 'image_broken', message: /--update/ });
  assert.equal(readFileSync(lock, 'utf8'), '{"debian-12":');
});
