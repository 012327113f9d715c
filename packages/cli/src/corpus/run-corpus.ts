/** All entries, some at a time, and what came of them. */

import { ENGINE_KINDS } from '@lethe/core';
import { readCorpus, readNotRunnable } from './entry.ts';
import { Layers } from './lab-server.ts';
import { OwnServers } from './own-servers.ts';
import { type EntryResult, isDecided, type Outcome, runClean, runEntry } from './run-entry.ts';

export interface CorpusReport {
  profile: 'quick' | 'standard';
  entries: EntryResult[];
  totals: Record<Outcome, number>;
}

export interface CorpusOptions {
  directory: string;
  only: readonly string[];
  jobs: number;
  /** Runs of the server that nobody spoilt. */
  clean: number;
  /** Runs of our own servers that nobody spoilt, of each engine. */
  own: number;
  cache: string;
  /** Of the audits. */
  profile: 'quick' | 'standard';
  /** A run before this one: what it decided is taken from it. */
  before?: CorpusReport;
  signal?: AbortSignal;
  /** Called as each entry is done. */
  onResult?: (result: EntryResult, done: number, of: number) => void;
}

/** Throws `bad_request` for a corpus that cannot be read, before anything runs, and what keeps a service of ours from starting. */
export async function runCorpus(options: CorpusOptions): Promise<CorpusReport> {
  const { directory, only, signal } = options;
  const entries = readCorpus(directory, only);
  const layers = new Layers(options.cache);
  const audit = { signal, profile: options.profile };
  const results: EntryResult[] = [];
  const decided = new Map(options.before?.entries.filter(isDecided).map((one) => [one.id, one]));
  const cleanIds = Array.from({ length: options.clean }, (_, number) => `clean-${number + 1}`);
  const tasks = [
    ...entries.map((entry) => ({ id: entry.id, alone: entry.alone, run: () => runEntry(entry, layers, audit) })),
    ...cleanIds.map((id) => ({ id, alone: false, run: () => runClean(id, audit) })),
  ].map(({ id, alone, run }, place) => ({
    alone,
    run: async (): Promise<void> => {
      const result = decided.get(id) ?? (await run());
      results[place] = result;
      options.onResult?.(result, Object.keys(results).length, all);
    },
  }));
  const all = tasks.length + ENGINE_KINDS.length * options.own;
  await inTurns(
    tasks.filter(({ alone }) => !alone),
    options.jobs,
  );
  await inTurns(
    tasks.filter(({ alone }) => alone),
    1,
  );
  for await (const result of cleanOwn(options, decided)) {
    results.push(result);
    options.onResult?.(result, results.length, all);
  }
  const notRunnable =
    only.length > 0
      ? []
      : readNotRunnable(directory).map(
          ({ id, reason }): EntryResult => ({ id, title: '', outcome: 'not-runnable', ms: 0, findings: [], reason }),
        );
  const found = [...results, ...notRunnable];
  const totals: Record<Outcome, number> = {
    named: 0,
    noticed: 0,
    missed: 0,
    clean: 0,
    'false-alarm': 0,
    'not-runnable': 0,
  };
  for (const { outcome } of found) totals[outcome] += 1;
  return { profile: options.profile, entries: found, totals };
}

/** Clean runs of our own servers, one engine after the other; a service is started only for what an earlier run did not decide. */
async function* cleanOwn(
  { own, signal }: CorpusOptions,
  decided: ReadonlyMap<string, EntryResult>,
): AsyncGenerator<EntryResult> {
  for (const engine of ENGINE_KINDS) {
    await using started = new AsyncDisposableStack();
    let servers: OwnServers | undefined;
    for (let number = 1; number <= own; number += 1) {
      signal?.throwIfAborted();
      const id = `${engine}-${number}`;
      const known = decided.get(id);
      if (!known) servers ??= started.use(await OwnServers.start(engine));
      yield known ?? (await servers!.run(id));
    }
  }
}

/** Runs tasks, some at a time. */
async function inTurns(tasks: readonly { run: () => Promise<void> }[], jobs: number): Promise<void> {
  const queue = [...tasks];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) await next.run();
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
