/** Witnesses for tests, which leave no file and no process behind, and what has left them. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError, toHex, utf8 } from '@lethe/core';
import {
  cosignatureVerifier,
  parseCheckpoint,
  parseNote,
  parseSignatureLine,
  parseVkey,
  verifiedSignatures,
} from '@lethe/tlog';
import { type RunningWitness, startWitness, type WitnessOptions } from '../../src/start.ts';
import { logId } from '../../src/state.ts';
import type { TestLog } from './test-log.ts';

export const NAME = 'witness.example';

export function tempDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'lethe-witness-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts a witness on a free port; it ends with the test. */
export async function start(
  t: TestContext,
  dataDir: string,
  logs: readonly TestLog[],
  options: Partial<WitnessOptions> = {},
): Promise<RunningWitness> {
  const witness = await startWitness({
    dataDir,
    name: NAME,
    logs: logs.map((log) => log.key),
    listen: { host: '127.0.0.1', port: 0 },
    ...options,
  });
  let ended = false;
  const end = async (): Promise<void> => {
    if (!ended) await witness[Symbol.asyncDispose]();
    ended = true;
  };
  t.after(end);
  return { url: witness.url, vkey: witness.vkey, [Symbol.asyncDispose]: end };
}

/** Starts a witness where another one was just killed: the kernel may still be letting go of its lock. */
export async function startAgain(...args: Parameters<typeof start>): Promise<RunningWitness> {
  for (let left = 100; ; left -= 1) {
    try {
      return await start(...args);
    } catch (error) {
      if (left === 0 || !(error instanceof LetheError && error.code === 'already_running')) throw error;
      await sleep(50);
    }
  }
}

export interface Reply {
  status: number;
  type: string | null;
  text: string;
}

export async function post(url: string, body: Uint8Array | string): Promise<Reply> {
  return reply(await fetch(`${url}/add-checkpoint`, { method: 'POST', body: body as BodyInit }));
}

export const getCheckpoint = async (url: string, origin: string): Promise<Reply> =>
  reply(await fetch(`${url}/${logId(origin)}/checkpoint`));

const reply = async (response: Response): Promise<Reply> => ({
  status: response.status,
  type: response.headers.get('content-type'),
  text: await response.text(),
});

/** Everything that witnesses of one key have said about one log, in order. */
export class Said {
  readonly #all: { size: number; root: string; branch: TestLog }[] = [];

  /** Notes that a signature of the branch's checkpoint has left. */
  add(branch: TestLog, size = branch.size): void {
    this.#all.push({ size, root: toHex(branch.root(size)), branch });
  }

  /** Reads a checkpoint as it was served, verifies it, and notes that it has left. */
  async addServed(text: string, vkey: string, branches: readonly TestLog[]): Promise<void> {
    const note = parseNote(utf8(text));
    await assertCosigned(note.text, text.trimEnd().split('\n').at(-1)!, vkey);
    const { size, root } = parseCheckpoint(note.text);
    const branch = branches.find((one) => one.size >= size && toHex(one.root(size)) === toHex(root));
    assert.ok(branch, 'a checkpoint was served that no branch of the log has');
    this.add(branch, size);
  }

  /** Fails if two of them contradict each other, or a later one is smaller. */
  assertOneHistory(): void {
    this.#all.forEach((later, i) => {
      for (const earlier of this.#all.slice(0, i)) {
        assert.ok(earlier.size <= later.size, `size ${later.size} was cosigned after ${earlier.size}`);
        assert.equal(toHex(later.branch.root(earlier.size)), earlier.root, 'two histories were cosigned');
      }
    });
  }
}

/** Fails unless the line is the witness's cosignature of the text. Returns its verifier's view: the signature. */
export async function assertCosigned(text: string, line: string, vkey: string): Promise<Uint8Array> {
  const verifier = await cosignatureVerifier(parseVkey(vkey));
  const signature = parseSignatureLine(line.trimEnd());
  const verified = await verifiedSignatures({ text, signatures: [signature] }, [verifier]);
  assert.ok(verified.has(verifier), 'the line is not a cosignature of the witness');
  return signature.signature;
}
