import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeardSearch, inDirectories } from './heard.ts';

/** Longer than the kernel's word takes. */
const HEARD_MS = 200;

/** A search for the names in a directory and one below it, which counts how often it is made. */
function lab() {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-heard-'));
  const below = join(directory, 'below');
  mkdirSync(below);
  let made = 0;
  let heard = 0;
  const search = new HeardSearch(
    () => {
      made += 1;
      return readdirSync(directory, { recursive: true }).toSorted().join();
    },
    inDirectories(() => [directory, below]),
    () => {
      heard += 1;
    },
  );
  const dispose = (): void => {
    search.renew();
    rmSync(directory, { recursive: true });
  };
  return { directory, below, search, made: () => made, heard: () => heard, [Symbol.dispose]: dispose };
}

test('is made once while nothing changes, and again after each change', async () => {
  using it = lab();
  assert.equal(it.search.look(), 'below');
  await sleep(HEARD_MS);
  assert.equal(it.search.look(), 'below');
  assert.deepEqual([it.made(), it.heard()], [1, 0]);
  for (const [index, path] of [join(it.directory, 'a'), join(it.below, 'b')].entries()) {
    writeFileSync(path, '');
    writeFileSync(path, 'again');
    await sleep(HEARD_MS);
    assert.equal(it.heard(), 1 + index, 'once, however much changes before the next look');
    assert.match(it.search.look(), index === 0 ? /^a,below$/ : /^a,below,below\/b$/);
    assert.equal(it.made(), 2 + index);
  }
});

test('is made again where the directory is another one, of which nobody tells', async () => {
  using it = lab();
  let made = 0;
  const search = new HeardSearch(
    () => (made += 1),
    inDirectories(() => [it.below]),
    () => {},
  );
  try {
    assert.deepEqual([search.look(), search.look()], [1, 1]);
    // What is above is moved away: to what is listened to itself nothing happens.
    const moved = `${it.directory}-moved`;
    renameSync(it.directory, moved);
    mkdirSync(it.below, { recursive: true });
    try {
      await sleep(HEARD_MS);
      assert.equal(search.look(), 2);
    } finally {
      rmSync(moved, { recursive: true });
    }
  } finally {
    search.renew();
  }
});

test('what changes while it is made is found by the next', async () => {
  using it = lab();
  let first = true;
  const names = new HeardSearch(
    () => {
      const found = readdirSync(it.directory).length;
      if (first) writeFileSync(join(it.directory, 'meanwhile'), '');
      first = false;
      return found;
    },
    inDirectories(() => [it.directory]),
    () => {},
  );
  try {
    assert.equal(names.look(), 1);
    await sleep(HEARD_MS);
    assert.equal(names.look(), 2);
  } finally {
    names.renew();
  }
});

test('is made each time where the kernel does not tell, after an error, and when it is asked to be', () => {
  using it = lab();
  it.search.look();
  it.search.renew();
  it.search.look();
  assert.equal(it.made(), 2);
  let made = 0;
  const deaf = new HeardSearch(
    () => (made += 1),
    inDirectories(() => [it.directory, join(it.directory, 'not there')]),
    () => {},
  );
  assert.deepEqual([deaf.look(), deaf.look()], [1, 2]);
  const failing = new HeardSearch<number>(
    () => {
      made += 1;
      throw new Error('unreadable');
    },
    inDirectories(() => [it.directory]),
    () => {},
  );
  try {
    assert.throws(() => failing.look());
    assert.throws(() => failing.look());
    assert.equal(made, 4);
  } finally {
    failing.renew();
  }
});
