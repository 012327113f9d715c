/**
 * The proof plane of a running service: its log, a witness of its own, the trust root and the releases.
 *
 * One witness on the same machine proves that this process did not contradict itself, and nothing about its operator: independent
 * witnesses come with a trust root that names them.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type Clock,
  fromUtf8,
  LetheError,
  type LoggedText,
  type ReleaseMessage,
  Secret,
  signingPublicKey,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from '@lethe/core';
import { formatVkey, parsePolicy, proveConsistency, type ReadyPolicy, readyPolicy } from '@lethe/tlog';
import {
  type Alarm,
  addSignature,
  alarmEnvelope,
  type Evidence,
  evidenceEnvelope,
  keepSignatures,
  parseEnvelope,
  parseTrustRoot,
  type Release,
  type ReleaseContent,
  readRejection,
  sameContent,
  signersOf,
  type TrustRoot,
} from '@lethe/verify';
import { askWitness, type RunningWitness, startWitness } from '@lethe/witness';
import { type Change, isComplete, keysOf, newestRoot, PendingChanges, readChange } from './changes.ts';
import {
  Documents,
  evidenceKey,
  firstProofPath,
  type LoggedDocument,
  readEntries,
  writeDocuments,
  writeProof,
} from './documents.ts';
import { replaceFiles, syncDirectory, writeTemporary } from './log/durable.ts';
import { HeadDirectory } from './log/heads.ts';
import { openLogKey } from './log/keys.ts';
import { Log } from './log/log.ts';
import { dropPartials, readPublished, satisfies, Witnesses } from './log/publish.ts';
import { LogDirectory } from './log/store.ts';
import { isMachineRoot, isReleaseDue, isRootDue, machineRelease, machineRoot } from './one-person.ts';

export interface ProofOptions {
  /** Private files of the plane. */
  dataDir: string;
  /** Public files: what is served under `/log/`. */
  publicDir: string;
  /** Where the newest signed state is kept: outside of both, so that no backup of them takes it along. */
  headsDir: string;
  /** Name of the service, first part of the log's origin. */
  host: string;
  /** What servers run, for the release that renews itself in one-person mode. */
  content: ReleaseContent;
  clock: Clock;
}

/** Milliseconds between rounds that ask the witnesses again, so that proofs stay fresh. The same whatever happens. */
const ROUND_MS = 3_600_000;

/** Most requests that wait for their turn. */
const MAX_WAITING = 256;

export interface ProofStatus {
  origin: string;
  size: number;
  mode: TrustRoot['mode'];
  trustRoot: number;
  release: number;
  /** Witnesses of the policy that did not sign at the last round. */
  missing: string[];
  /** Witnesses that say they have seen another history: the files may be older than the log believes. */
  disagree: string[];
  /** True if the last round was published. */
  published: boolean;
}

export class ProofService {
  readonly #options: ProofOptions;
  readonly #log: Log;
  readonly #store: LogDirectory;
  #machine: Secret | undefined;
  readonly #alarmKey: Secret;
  readonly #witnesses: Witnesses;
  #dropped = 0;
  readonly #witness: RunningWitness;
  readonly #documents: Documents;
  readonly #pending: PendingChanges;
  #lastRound = { published: false, missing: [] as string[], disagree: [] as string[] };
  readonly #listeners: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  private constructor(parts: {
    options: ProofOptions;
    log: Log;
    store: LogDirectory;
    machine: Secret | undefined;
    alarmKey: Secret;
    witness: RunningWitness;
    documents: Documents;
  }) {
    this.#options = parts.options;
    this.#log = parts.log;
    this.#store = parts.store;
    this.#machine = parts.machine;
    this.#alarmKey = parts.alarmKey;
    this.#witness = parts.witness;
    this.#documents = parts.documents;
    this.#witnesses = new Witnesses({
      log: parts.log,
      ask: askWitness,
      addresses: new Map([['here', parts.witness.url]]),
    });
    this.#pending = new PendingChanges(join(parts.options.dataDir, 'changes'));
  }

  /**
   * Opens the log, starts the witness, makes or renews what one-person mode makes, and publishes. Throws `log_split`, `log_broken`,
   * `disk_full`; nothing keeps running then.
   */
  static async start(options: ProofOptions): Promise<ProofService> {
    const { dataDir, publicDir, headsDir, host } = options;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await mkdir(publicDir, { recursive: true, mode: 0o755 });
    const origin = await openOrigin(join(dataDir, 'origin'), host);
    const { key, seed } = await openLogKey(join(dataDir, 'log-key'), origin);
    const alarmKey = await openAlarmKey(join(dataDir, 'alarm-key'));
    const store = new LogDirectory(publicDir, dataDir);
    const log = await Log.open({
      store,
      heads: new HeadDirectory(join(headsDir, origin.replaceAll('/', '_'))),
      key,
      seed,
    });
    const documents = new Documents();
    for await (const { index, bytes } of readEntries((tile) => store.readTile(tile), log.head.size))
      await documents.add(bytes, index);
    const witness = await startWitness({
      dataDir: join(dataDir, 'witness'),
      name: `${origin}/witness`,
      logs: [key],
      listen: { host: '127.0.0.1', port: 0 },
    });
    const machine = await openMachineKey(join(dataDir, 'machine-key'), documents.roots.length === 0);
    const service = new ProofService({ options, log, store, machine, alarmKey, witness, documents });
    try {
      await service.#finish();
      await service.#renew();
      await service.round();
    } catch (error) {
      await service.stop();
      throw error;
    }
    service.#timer = setInterval(() => void service.#hourly(), ROUND_MS).unref();
    return service;
  }

  /** Directory of the files that are served. */
  get publicDir(): string {
    return this.#options.publicDir;
  }

  get status(): ProofStatus {
    const root = newestRoot(this.#documents);
    return {
      origin: root.origin,
      size: this.#log.head.size,
      mode: root.mode,
      trustRoot: root.version,
      release: this.#documents.releases.length,
      ...this.#lastRound,
    };
  }

  /** Releases of the log, oldest first. */
  get releases(): Release[] {
    return this.#documents.releases.map(({ release }) => release);
  }

  /** Changes that wait for signatures. */
  changes(): Promise<Change[]> {
    return this.#inTurn(() => this.#pending.list(this.#documents, this.#now()));
  }

  /**
   * Takes a signed change: with signatures enough it is logged and published, else it waits. Returns it as it is now, and its entry's
   * number once it is logged. Throws the codes of `readChange` and of the log.
   */
  submit(bytes: Uint8Array): Promise<{ change: Change; index: number | null }> {
    return this.#inTurn(async () => {
      const read = await readChange(bytes, this.#documents, this.#now());
      const change = await this.#pending.merged(read, this.#documents, this.#now());
      if (!(await isComplete(change, this.#documents))) {
        await this.#pending.store(change, this.#documents, this.#now());
        return { change, index: null };
      }
      if (change.kind === 'root') await this.#tryWitnesses(change.bytes);
      const index = await this.#append(change.bytes);
      await this.#pending.remove(change.digest);
      await this.#publish();
      return { change, index };
    });
  }

  /**
   * Takes back a change that waits and logs the rejection, which one person who could have signed the change must have signed. Throws
   * `not_found`, `bad_release` for a rejection of something else, `too_few_approvals`.
   */
  reject(digest: string, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const waiting = await this.#pending.list(this.#documents, this.#now());
      const change = waiting.find((one) => one.digest === digest);
      if (!change) throw new LetheError('not_found', 'No change with that id waits. Nothing was changed.');
      const envelope = parseEnvelope(bytes);
      if (readRejection(envelope).change !== digest)
        throw new LetheError('bad_release', 'The rejection is of another change. Nothing was changed.');
      if ((await signersOf(envelope, newestRoot(this.#documents), change.kind)).length === 0)
        throw new LetheError('too_few_approvals', 'Nobody who may reject this has signed. Nothing was changed.');
      // Without what strangers may have added to it.
      await this.#append(await keepSignatures(bytes, keysOf(newestRoot(this.#documents), change.kind)));
      await this.#pending.remove(digest);
      await this.#publish();
    });
  }

  /**
   * Logs an alarm, signed by the service's own key for alarms, and publishes. The same alarm again adds nothing: there is one entry for a
   * region, a kind and an hour. Throws the codes of the log.
   */
  alarm(alarm: Omit<Alarm, 'origin'>): Promise<void> {
    return this.#inTurn(async () => {
      const unsigned = alarmEnvelope({ ...alarm, origin: this.#log.key.name });
      if (this.#documents.alarms.has(parseEnvelope(unsigned).digest)) return;
      await this.#append(await addSignature(unsigned, this.#alarmKey));
      // In the log from here on: without a quorum it is published by a later round.
      await this.#publish().catch(() => {
        this.#lastRound = { ...this.#lastRound, published: false };
      });
    });
  }

  /**
   * Logs the evidence of a cell, signed by the service's own key, and publishes. Resolves to the number of its entry; the same again adds
   * nothing. Throws `bad_evidence` if the log has other evidence for that cell and epoch, and the codes of the log.
   */
  evidence(evidence: Omit<Evidence, 'origin'>): Promise<number> {
    return this.#inTurn(async () => {
      const unsigned = evidenceEnvelope({ ...evidence, origin: this.#log.key.name });
      const { digest } = parseEnvelope(unsigned);
      const known = (): { index: number; digest: string } | undefined =>
        this.#documents.evidence.get(evidenceKey(evidence));
      if (!known()) {
        await this.#append(await addSignature(unsigned, this.#alarmKey));
        // In the log from here on: without a quorum it is published by a later round.
        await this.#publish().catch(() => {
          this.#lastRound = { ...this.#lastRound, published: false };
        });
      }
      const logged = known();
      if (logged?.digest !== digest)
        throw new LetheError('bad_evidence', 'The log has other evidence for this cell and epoch. Nothing was added.');
      return logged.index;
    });
  }

  /** Id of the person of the newest trust root whose key it is, in whatever role. */
  personOf(publicKey: string): string | undefined {
    return newestRoot(this.#documents).persons.find(({ keys }) => keys.includes(publicKey))?.id;
  }

  /** Calls back after each publication. */
  onPublished(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * What a host needs that has seen the log at a size and accepted a release; undefined if nothing is published, or if its size is not
   * one of this log.
   */
  since(seen: { size: number; release: number }): Promise<ReleaseMessage | undefined> {
    return this.#inTurn(() => this.#since(seen));
  }

  async #since({ size, release }: { size: number; release: number }): Promise<ReleaseMessage | undefined> {
    const policy = await readyPolicy(parsePolicy(utf8(newestRoot(this.#documents).policy)));
    const published = await readPublished(this.#store, policy);
    if (!published || published.size < size) return undefined;
    const shown = this.#documents.releases.filter(({ document }) => document.index < published.size);
    const shownRoots = this.#documents.roots.filter(({ document }) => document.index < published.size);
    const newest = shown.at(-1);
    if (!newest) return undefined;
    const read = async (path: string): Promise<LoggedText> => ({
      envelope: await readFile(join(this.publicDir, path), 'utf8'),
      proof: await readFile(join(this.publicDir, `${path}.tlog-proof`), 'utf8'),
    });
    const between = shown.slice(release, -1).map(({ document }) => fromUtf8(document.bytes));
    const hashes = await proveConsistency(this.#log.hashes(published.size), size);
    return {
      type: 'release',
      policy: this.#documents.roots[0]!.root.policy,
      roots: await Promise.all(
        shownRoots.map(async (_, i) => ({
          ...(await read(`root/${i + 1}.json`)),
          firstProof: await readFile(join(this.publicDir, firstProofPath(i + 1)), 'utf8'),
        })),
      ),
      release: await read(`release/${newest.release.version}.json`),
      between: release === 0 ? [] : between,
      consistency: hashes.map(toBase64),
    };
  }

  /** Asks the witnesses and publishes; renews what is due. Without a quorum what is served stays as it was. */
  round(): Promise<void> {
    return this.#inTurn(() => this.#publish());
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn.catch(() => {});
    await this.#log.settled();
    await this.#witness[Symbol.asyncDispose]();
  }

  /** One change or round at a time: what a change follows must not move under it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING)
      return Promise.reject(
        new LetheError(
          'too_many_requests',
          'Too many changes are being looked at. Nothing was stored. Try again in a moment.',
        ),
      );
    this.#waiting += 1;
    const turn = this.#turn.catch(() => {}).then(work);
    this.#turn = turn
      .catch(() => {})
      .finally(() => {
        this.#waiting -= 1;
      });
    return turn;
  }

  async #hourly(): Promise<void> {
    try {
      await this.#renew();
      await this.round();
    } catch {
      // Told by the status and, to everybody, by the age of what is served.
      this.#lastRound = { ...this.#lastRound, published: false };
    }
  }

  /** Logs a change that had all its signatures when the process ended. */
  #finish(): Promise<void> {
    return this.#inTurn(async () => {
      for (const change of await this.#pending.list(this.#documents, this.#now())) {
        if (!(await isComplete(change, this.#documents))) continue;
        await this.#append(change.bytes);
        await this.#pending.remove(change.digest);
      }
    });
  }

  /** While the machine is the one person: makes the first trust root and release, and new ones when they are due or what runs has changed. */
  #renew(): Promise<void> {
    return this.#inTurn(async () => {
      const now = this.#now();
      const { content } = this.#options;
      const before = this.#documents.roots.at(-1)?.root;
      if (!this.#machine) return;
      const key = toBase64Url(await signingPublicKey(this.#machine));
      if (before && !isMachineRoot(before, key)) return;
      if (!before || isRootDue(before, now)) {
        const policy = before?.policy ?? this.#firstPolicy();
        await this.#append(await machineRoot({ origin: this.#log.key.name, key, policy, now }, before, this.#machine));
      }
      const root = newestRoot(this.#documents);
      const last = this.#documents.releases.at(-1)?.release;
      if (last && sameContent(content, last) && last.trustRoot === root.version && !isReleaseDue(last, now)) return;
      await this.#append(await machineRelease(content, root, last, now, this.#machine));
    });
  }

  /** The log, and the one witness that is there at a first start. */
  #firstPolicy(): string {
    return `log ${formatVkey(this.#log.key)}\nwitness here ${this.#witness.vkey}\nquorum here\n`;
  }

  async #append(bytes: Uint8Array): Promise<number> {
    const index = await this.#log.append(bytes);
    await this.#documents.add(bytes, index);
    return index;
  }

  /** Throws `no_quorum` unless the log's key and enough witnesses of a trust root stand ready: after it is logged there is no way back. */
  async #tryWitnesses(bytes: Uint8Array): Promise<void> {
    const { parsedPolicy } = parseTrustRoot(parseEnvelope(bytes));
    const policy = await readyPolicy(parsedPolicy);
    const { note } = await this.#witnesses.round([policy]);
    if (await satisfies(note, policy).catch(() => false)) return;
    throw new LetheError(
      'no_quorum',
      'The policy of the new trust root does not name the key of this log, or too few of its witnesses sign it. Nothing was logged; the change waits no longer. Mend it and propose it anew.',
    );
  }

  /**
   * Publishes the newest head if the newest trust root's witnesses have signed it. A root that was logged since is proven, once, under the
   * witnesses of the root before it too: those are the ones whom verifiers believe that have not seen it yet.
   */
  async #publish(): Promise<void> {
    const { roots } = this.#documents;
    const policy = await policyOf(newestRoot(this.#documents));
    const unproven: { document: LoggedDocument; before: ReadyPolicy }[] = [];
    for (const [i, { document }] of roots.entries()) {
      if (await readOrUndefined(join(this.publicDir, firstProofPath(document.version)))) continue;
      unproven.push({ document, before: await policyOf(roots[Math.max(0, i - 1)]!.root) });
    }
    const { head, note, missing, disagree } = await this.#witnesses.round([
      policy,
      ...unproven.map(({ before }) => before),
    ]);
    const hashes = this.#log.hashes(head.size);
    for (const { document, before } of unproven) {
      if (!(await satisfies(note, before))) continue;
      await writeProof(join(this.publicDir, firstProofPath(document.version)), document, note, hashes);
    }
    const published = await satisfies(note, policy);
    this.#lastRound = { published, missing, disagree };
    if (!published) return;
    await this.#store.publish(note);
    await dropPartials(this.#store, head.size, this.#dropped);
    this.#dropped = head.size;
    await writeDocuments(this.publicDir, this.#documents.all, note, hashes);
    const newest = { root: roots.length, release: this.#documents.releases.length };
    await replaceFiles([
      { file: join(this.publicDir, 'policy'), bytes: utf8(newestRoot(this.#documents).policy) },
      { file: join(this.publicDir, 'newest.json'), bytes: utf8(`${JSON.stringify(newest)}\n`) },
    ]);
    await this.#retireMachine();
    for (const listener of this.#listeners) listener();
  }

  /** The machine's own key goes once a trust root without it is published: nobody can sign for the old root again. */
  async #retireMachine(): Promise<void> {
    if (!this.#machine) return;
    const key = toBase64Url(await signingPublicKey(this.#machine));
    if (newestRoot(this.#documents).persons.some(({ keys }) => keys.includes(key))) return;
    await rm(join(this.#options.dataDir, 'machine-key'), { force: true });
    await syncDirectory(this.#options.dataDir);
    this.#machine = undefined;
  }

  #now(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }
}

/** The log's name, made once: the host's name and eight random hexadecimal digits, so that no two logs share one. */
async function openOrigin(file: string, host: string): Promise<string> {
  const known = await readOrUndefined(file);
  if (known) return known.toString().trim();
  const origin = `${host}/log/${toHex(randomBytes(4))}`;
  await keep(file, utf8(`${origin}\n`));
  return origin;
}

/** The machine's own key, made at the first start alone; undefined once it has been retired. */
async function openMachineKey(file: string, first: boolean): Promise<Secret<'approver'> | undefined> {
  const known = await readSeed(file);
  if (!known && !first) return undefined;
  return new Secret('approver', known ?? (await makeSeed(file)));
}

/** The key that signs alarms and evidence in the log. It approves nothing; a lost one is made anew. */
async function openAlarmKey(file: string): Promise<Secret<'alarm-sign'>> {
  return new Secret('alarm-sign', (await readSeed(file)) ?? (await makeSeed(file)));
}

async function readSeed(file: string): Promise<Buffer | undefined> {
  const known = await readOrUndefined(file);
  if (known && known.length !== 32)
    throw new LetheError('log_broken', `The file proof/${basename(file)} is damaged. Nothing was started. Restore it.`);
  return known;
}

async function makeSeed(file: string): Promise<Buffer> {
  const seed = randomBytes(32);
  await keep(file, seed);
  return seed;
}

const policyOf = (root: TrustRoot): Promise<ReadyPolicy> => readyPolicy(root.parsedPolicy);

/** Readable by the service alone from its first moment. */
async function keep(file: string, bytes: Uint8Array): Promise<void> {
  await rename(await writeTemporary(file, bytes, 0o600), file);
  await syncDirectory(dirname(file));
}

async function readOrUndefined(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
