/** Starting and stopping a witness: check, listen, lock, open, answer. */

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, LetheError } from '@lethe/core';
import { cosignatureVerifier, ed25519Verifier, formatVkey, type NoteKey, type NoteVerifier } from '@lethe/tlog';
import { LIMITS, type Limits, witnessServer } from './http.ts';
import { checkName, openDirectory, openKey } from './key.ts';
import { lockDirectory } from './lock.ts';
import type { Trouble } from './log.ts';
import { Checkpoints } from './state.ts';
import { diskStorage, type Storage } from './storage.ts';
import { Witness } from './witness.ts';

/** Most keys of one log: its old and its new one, and room. */
const MAX_KEYS = 16;

export interface WitnessOptions {
  /** Directory of key and checkpoints, made if it is not there. One witness at a time. */
  dataDir: string;
  /** Name in the witness's key and signatures, like an address without scheme. */
  name: string;
  /** Keys of the trusted logs; a key's name is the log's origin. Several of one name are keys of the same log. */
  logs: readonly NoteKey[];
  /** Where to listen; port 0 takes a free one. */
  listen: { host: string; port: number };
  /** Called when the witness cannot sign for a reason that its operator has to look after. */
  onTrouble?: (trouble: Trouble) => void;
  clock?: Clock;
  limits?: Partial<Limits>;
  /** Puts another storage in place of the disk's: for tests. */
  storage?: (disk: Storage) => Storage;
}

export interface RunningWitness extends AsyncDisposable {
  /** Submission prefix and monitoring prefix: where `/add-checkpoint` is. */
  readonly url: string;
  readonly vkey: string;
}

/**
 * Starts a witness. Throws `bad_request` for a name, key or directory that cannot be used, `bad_policy` and `bad_public_key` for the key
 * of a log, `port_in_use`, `already_running`, `missing_tool`, `log_broken` for a checkpoint file that is damaged. Then nothing runs.
 */
export async function startWitness(options: WitnessOptions): Promise<RunningWitness> {
  const { dataDir, name, listen, onTrouble = () => {}, clock = { now: Date.now }, storage = (disk) => disk } = options;
  checkName(name);
  const logs = await trustedLogs(options.logs);
  const opened = Promise.withResolvers<Witness>();
  opened.promise.catch(() => {});
  const limits = { ...LIMITS, ...options.limits };
  const server = witnessServer(opened.promise, limits);
  // The port comes first: a second start by mistake is noticed before anything is written.
  const url = await startListening(server, listen);
  let lock: { release(): void } | undefined;
  try {
    await openDirectory(dataDir);
    lock = await lockDirectory(dataDir);
    const files = storage(diskStorage(dataDir));
    const key = await openKey(files, name);
    const checkpoints = new Checkpoints(files, await cosignatureVerifier(key.key));
    await checkpoints.checkAll();
    const witness = new Witness(logs, { key, checkpoints, clock, onTrouble });
    opened.resolve(witness);
    const held = lock;
    return { url, vkey: formatVkey(key.key), [Symbol.asyncDispose]: () => end(server, witness, held, limits.endMs) };
  } catch (error) {
    opened.reject(error);
    await stopListening(server, 0);
    lock?.release();
    throw error;
  }
}

/** Verifiers of the logs' keys by origin. Throws `bad_request`, `bad_policy`, `bad_public_key`. */
async function trustedLogs(keys: readonly NoteKey[]): Promise<Map<string, NoteVerifier[]>> {
  const logs = new Map<string, NoteVerifier[]>();
  for (const key of keys) {
    const known = logs.get(key.name) ?? [];
    logs.set(key.name, [...known, await ed25519Verifier(key)]);
    if (known.length >= MAX_KEYS)
      throw new LetheError('bad_request', `A log has at most ${MAX_KEYS} keys. Nothing was started.`);
  }
  if (logs.size === 0)
    throw new LetheError('bad_request', 'A witness needs the key of at least one log. Nothing was started.');
  return logs;
}

/** Listens; returns the address. Throws `port_in_use`, `bad_request`. */
async function startListening(server: Server, { host, port }: WitnessOptions['listen']): Promise<string> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw code === 'EADDRINUSE'
      ? new LetheError('port_in_use', `Port ${port} is in use. Nothing was started. Choose another with --listen.`, {
          cause,
        })
      : new LetheError('bad_request', 'This machine cannot listen on that address and port. Nothing was started.', {
          cause,
        });
  }
  // Later errors are of single connections that could not be taken.
  server.on('error', () => {});
  const { address, family, port: bound } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

async function stopListening(server: Server, waitMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const force = setTimeout(() => server.closeAllConnections(), waitMs);
  await closed;
  clearTimeout(force);
}

/** The lock goes last: while something is being written, no other witness may begin. */
async function end(server: Server, witness: Witness, lock: { release(): void }, endMs: number): Promise<void> {
  await stopListening(server, endMs);
  // A request whose connection is closed can still be under way.
  await witness.end();
  lock.release();
}
