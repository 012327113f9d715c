/** All entries, some at a time, and what came of them. */

import { type CorpusEntry, readCorpus, readNotRunnable } from './entry.ts';
import { Layers } from './lab-server.ts';
import { type EntryResult, type Outcome, runClean, runEntry } from './run-entry.ts';

export interface CorpusReport {
  entries: EntryResult[];
  totals: Record<Outcome, number>;
}

export interface CorpusOptions {
  directory: string;
  only: readonly string[];
  jobs: number;
  /** Runs of the server that nobody spoilt. */
  clean: number;
  cache: string;
  signal?: AbortSignal;
  /** Called as each entry is done. */
  onResult?: (result: EntryResult, done: number, of: number) => void;
}

/** Throws `bad_request` for a corpus that cannot be read, before anything runs. */
export async function runCorpus(options: CorpusOptions): Promise<CorpusReport> {
  const { directory, only, signal } = options;
  const entries = readCorpus(directory, only);
  const layers = new Layers(options.cache);
  const tasks = [
    ...entries.map((entry: CorpusEntry) => () => runEntry(entry, layers, signal)),
    ...Array.from({ length: options.clean }, (_, number) => () => runClean(`clean-${number + 1}`, signal)),
  ];
  const results: EntryResult[] = [];
  const queue = [...tasks.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await next[1]();
      results[next[0]] = result;
      options.onResult?.(result, Object.keys(results).length, tasks.length);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  const notRunnable =
    only.length > 0
      ? []
      : readNotRunnable(directory).map(
          ({ id, reason }): EntryResult => ({ id, title: '', outcome: 'not-runnable', ms: 0, findings: [], reason }),
        );
  const all = [...results, ...notRunnable];
  const totals: Record<Outcome, number> = {
    named: 0,
    noticed: 0,
    missed: 0,
    clean: 0,
    'false-alarm': 0,
    'not-runnable': 0,
  };
  for (const { outcome } of all) totals[outcome] += 1;
  return { entries: all, totals };
}
