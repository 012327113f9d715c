/** Node's cache of compiled modules, which halves the start of a verb. Threat: whoever can write it decides what runs. */

import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Turns the cache on in a directory that this user alone can write; does without it otherwise. */
export function useCompileCache(env: NodeJS.ProcessEnv = process.env): void {
  const directory = cacheDirectory(env);
  if (directory !== null) enableCompileCache(directory);
}

/** The directory, for programs that are started; null if it cannot be had or trusted. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string | null {
  const directory = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lethe', 'code');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const found = lstatSync(directory);
    return found.isDirectory() && found.uid === process.getuid?.() && !(found.mode & 0o022) ? directory : null;
  } catch {
    // No home, a full or read-only disk: slower, and nothing else.
    return null;
  }
}
