/** A log in a temporary directory, with stores that fail where a test says. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadDirectory, type HeadStore } from '@lethe/control/proof/log/heads';
import { openLogKey } from '@lethe/control/proof/log/keys';
import type { LogOptions } from '@lethe/control/proof/log/log';
import { LogDirectory, type LogStore } from '@lethe/control/proof/log/store';
import { utf8 } from '@lethe/core';

export const ORIGIN = 'lethe.example/log';

export const entry = (n: number): Uint8Array<ArrayBuffer> => utf8(`entry ${n} ${'x'.repeat(n % 97)}`);

export interface LogFixture extends AsyncDisposable {
  directory: string;
  files: string;
  options: LogOptions;
  store: LogDirectory;
}

export async function logFixture(directory?: string): Promise<LogFixture> {
  const at = directory ?? (await mkdtemp(join(tmpdir(), 'lethe-log-')));
  const files = join(at, 'log');
  const { key, seed } = await openLogKey(join(at, 'key'), ORIGIN);
  const store = new LogDirectory(files, at);
  const heads = new HeadDirectory(join(at, 'heads'));
  return {
    directory: at,
    files,
    store,
    options: { store, heads, key, seed },
    [Symbol.asyncDispose]: () => rm(at, { recursive: true, force: true }),
  };
}

/** The durable steps, by the names of their functions. */
export const STEPS = ['stage', 'advance', 'writeTiles', 'publish'] as const;
export type Step = (typeof STEPS)[number];

/** What happens at a step: before its real work, or after it. */
export type Happen = (step: Step, when: 'before' | 'after') => void;

/** The stores with a hook before and after each durable step. */
export function hooked({ store, heads, ...rest }: LogOptions, happen: Happen): LogOptions {
  const around =
    <A extends unknown[]>(step: Step, work: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      happen(step, 'before');
      await work(...args);
      happen(step, 'after');
    };
  const hookedStore: LogStore = {
    stage: around('stage', (batch) => store.stage(batch)),
    staged: () => store.staged(),
    writeTiles: around('writeTiles', (files) => store.writeTiles(files)),
    readTile: (tile) => store.readTile(tile),
    publish: around('publish', (note) => store.publish(note)),
    published: () => store.published(),
    dropPartial: (tile) => store.dropPartial(tile),
  };
  const hookedHeads: HeadStore = {
    read: () => heads.read(),
    advance: around('advance', (from, to) => heads.advance(from, to)),
  };
  return { ...rest, store: hookedStore, heads: hookedHeads };
}
