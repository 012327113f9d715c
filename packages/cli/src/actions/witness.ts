/** `lethe witness`: a witness of transparency logs, in the foreground. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LetheError } from '@lethe/core';
import { type NoteKey, parsePolicy, parseVkey } from '@lethe/tlog';
import { startWitness, type Trouble, witnessVkey } from '@lethe/witness';
import { facts, note } from '../output.ts';

export interface WitnessActionOptions {
  data: string;
  name: string;
  log?: string[];
  policy?: string;
  listen: string;
  json?: boolean;
}

/** Makes or reads the key, and prints the vkey. */
export async function showKey({ data, name, json }: WitnessActionOptions): Promise<void> {
  const vkey = await witnessVkey(resolve(data), name);
  process.stdout.write(json ? `${JSON.stringify({ vkey })}\n` : `${vkey}\n`);
}

/** Runs until Ctrl-C. Prints key and address when ready, and afterwards only that its clock or disk needs looking after. */
export async function runWitness({ data, name, log, policy, listen, json }: WitnessActionOptions): Promise<void> {
  const logs = [...(log ?? []).map(parseLog), ...(policy === undefined ? [] : await logsOfPolicy(policy))];
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end.abort());
  await using witness = await startWitness({
    dataDir: resolve(data),
    name,
    logs,
    listen: parseListen(listen),
    onTrouble: troubleReporter((text) => process.stderr.write(text)),
  });
  const { url, vkey } = witness;
  const origins = [...new Set(logs.map((key) => key.name))];
  if (json) process.stdout.write(`${JSON.stringify({ ready: true, url, vkey, logs: origins })}\n`);
  else {
    const lines = facts([
      ['key', vkey],
      ['address', url],
      ...origins.map((origin): [string, string] => ['log', origin]),
    ]);
    process.stdout.write(`${lines}\n${note('Ready. Ctrl-C ends it. No request is recorded.')}\n`);
  }
  if (!end.signal.aborted) await once(end.signal, 'abort');
}

const usage = (message: string, cause?: unknown): LetheError =>
  new LetheError('bad_request', `${message} Nothing was started.`, { cause });

function parseLog(vkey: string): NoteKey {
  try {
    return parseVkey(vkey);
  } catch (cause) {
    throw usage(`The value of --log is not the key of a log. ${(cause as LetheError).message}`, cause);
  }
}

async function logsOfPolicy(file: string): Promise<NoteKey[]> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(file));
  } catch (cause) {
    throw usage('The file given with --policy cannot be read.', cause);
  }
  try {
    return parsePolicy(bytes).logs.map(({ key }) => key);
  } catch (cause) {
    throw usage((cause as LetheError).message, cause);
  }
}

/** `127.0.0.1:8641`, `[::1]:8641` or `name:8641`. */
function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw usage('--listen takes an address and a port, such as 127.0.0.1:8641 or [::1]:8641.');
  return { host: (match[1] ?? match[2])!, port };
}

const TROUBLES: Record<Trouble, string> = {
  storage: 'The disk does not take or give the checkpoints of the witness. It does not sign until that works again.',
  clock:
    'The clock shows an earlier time than the last cosignature of a log. The witness does not sign for it until the clock is right.',
};

/** Says each trouble once an hour at most: how often it comes depends on who asks, which is not ours to record. */
function troubleReporter(write: (text: string) => void): (trouble: Trouble) => void {
  const said = new Map<Trouble, number>();
  return (trouble) => {
    const now = performance.now();
    if (now - (said.get(trouble) ?? Number.NEGATIVE_INFINITY) < 3_600_000) return;
    said.set(trouble, now);
    write(`lethe: ${TROUBLES[trouble]}\n`);
  };
}
