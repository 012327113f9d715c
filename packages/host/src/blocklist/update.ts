/**
 * Fetches the configured public lists over HTTPS and installs the table made of them. On any error the old table stays. What the lists'
 * operators learn: that this host fetches them, once for all of its servers.
 */

import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { CATEGORIES, type Category, LetheError } from '@lethe/core';
import { type Compiled, compileTable, type ListCounts } from './compile.ts';
import { installTable } from './install.ts';

export interface Source {
  category: Category;
  url: string;
}

/** The lists that are fetched if nobody names others. Each is published for this use; their licences are theirs. */
export const DEFAULT_SOURCES = fileURLToPath(new URL('./sources.json', import.meta.url));

const MAX_LIST_BYTES = 256 << 20;
const TIME_LIMIT_MS = 120_000;
const MOST_REDIRECTS = 3;

/** Checks a sources file: a JSON list of `{category, url}`. Throws `bad_request`. */
export async function readSources(path: string): Promise<Source[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new LetheError('bad_request', 'The file with the sources cannot be read. Nothing was changed.', { cause });
  }
  if (!Array.isArray(value) || value.length === 0 || !value.every(isSource))
    throw new LetheError(
      'bad_request',
      `Sources are a list like [{"category": "ads", "url": "https://…"}] with categories ${CATEGORIES.join(', ')}. Nothing was changed.`,
    );
  return value;
}

const isSource = (value: unknown): value is Source =>
  typeof value === 'object' &&
  value !== null &&
  (CATEGORIES as readonly unknown[]).includes((value as Source).category) &&
  typeof (value as Source).url === 'string' &&
  URL.parse((value as Source).url)?.protocol === 'https:';

/** Fetches, compiles and installs. Throws `unreachable`, `timeout`, `too_large` or what compiling throws; the old table stays then. */
export async function updateTable(
  dataDir: string,
  sources: readonly Source[],
  version: string,
  onProgress: (what: { fetching: string } | ListCounts) => void = () => {},
): Promise<Compiled> {
  const directory = await mkdtemp(join(tmpdir(), 'lethe-lists-'));
  try {
    const files = [];
    for (const [index, { category, url }] of sources.entries()) {
      onProgress({ fetching: url });
      const path = join(directory, String(index));
      await fetchList(url, path);
      files.push({ category, path });
    }
    const compiled = await compileTable(files, version, onProgress);
    await installTable(dataDir, compiled.table);
    return compiled;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Fetches a file over HTTPS, following redirects to HTTPS only, within limits of size and time. */
async function fetchList(url: string, path: string): Promise<void> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await respond(at, url, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      response.resume();
      at = new URL(headers.location, at).href;
      if (!at.startsWith('https://')) throw failed(url, 'it leads away from https');
      continue;
    }
    if (statusCode !== 200) throw failed(url, `the server answered with status ${statusCode}`);
    let bytes = 0;
    try {
      await pipeline(
        response,
        async function* (chunks) {
          for await (const chunk of chunks as AsyncIterable<Buffer>) {
            bytes += chunk.length;
            if (bytes > MAX_LIST_BYTES)
              throw new LetheError('too_large', `The list ${url} is too large. The old table stays.`);
            yield chunk;
          }
        },
        createWriteStream(path),
        { signal },
      );
    } catch (error) {
      throw error instanceof LetheError ? error : failed(url, 'the connection broke', error);
    }
    // Without a length the end of a broken connection looks like the end of the list.
    if (headers['content-length'] !== undefined && Number(headers['content-length']) !== bytes)
      throw failed(url, 'it came only in part');
    return;
  }
  throw failed(url, 'it is redirected too often');
}

function respond(at: string, url: string, signal: AbortSignal): Promise<import('node:http').IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(at, { signal, headers: { 'user-agent': 'lethe-blocklist' } }, resolve).on('error', (cause) =>
      reject(
        signal.aborted
          ? new LetheError('timeout', `The list ${url} did not arrive in time. The old table stays.`, { cause })
          : failed(url, 'it cannot be reached', cause),
      ),
    );
  });
}

const failed = (url: string, why: string, cause?: unknown): LetheError =>
  new LetheError('unreachable', `The list ${url} could not be fetched: ${why}. The old table stays.`, { cause });
