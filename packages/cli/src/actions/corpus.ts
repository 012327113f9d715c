/** The procedure behind `lethe corpus run`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { LetheError } from '@lethe/core/errors';
import { requireTools } from '@lethe/testkit';
import { type CorpusReport, runCorpus } from '../corpus/run-corpus.ts';
import type { EntryResult, Outcome } from '../corpus/run-entry.ts';
import { sensitivityPage } from '../corpus/sensitivity.ts';
import { plain } from '../run.ts';

const CORPUS = fileURLToPath(new URL('../../../../corpus', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../../docs/sensitivity.md', import.meta.url));
const CACHE = '/var/cache/lethe/corpus';

export interface CorpusRunOptions {
  directory?: string;
  only: string[];
  jobs: number;
  clean: number;
  own: number;
  profile: 'quick' | 'standard';
  /** Path of a file, or `-` for standard output. */
  json?: string;
  write: boolean;
  /** File with the results of an earlier run. */
  resume?: string;
}

const STYLES: Record<Outcome, 'green' | 'yellow' | 'red' | 'dim'> = {
  named: 'green',
  clean: 'green',
  noticed: 'yellow',
  missed: 'red',
  'false-alarm': 'red',
  'not-runnable': 'dim',
};

/** True if everything ran, nothing was missed and there was no false alarm. Throws `not_root`, `missing_tool` or `bad_request`. */
export async function corpusRun(options: CorpusRunOptions): Promise<boolean> {
  if (process.getuid?.() !== 0) throw new LetheError('not_root', 'Lab servers need root. Nothing was run.');
  requireTools('nsenter', 'unshare', 'wg', 'wireguard-go', 'unbound', 'nft', 'ip');
  if (options.write && options.only.length > 0) {
    throw new LetheError('bad_request', 'The page tells of all entries: use --write without --only. Nothing was run.');
  }
  const before = options.resume === undefined ? undefined : earlierRun(options.resume, options.profile);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort(new LetheError('timeout', 'The run was called off. Its servers are gone.')));
  }
  const report = await runCorpus({
    directory: options.directory ?? CORPUS,
    only: options.only,
    jobs: options.jobs,
    clean: options.clean,
    own: options.own,
    profile: options.profile,
    cache: CACHE,
    ...(before ? { before } : {}),
    signal: stop.signal,
    onResult: (result, done, of) => process.stderr.write(`${line(result, done, of)}\n`),
  });
  if (options.json === '-') process.stdout.write(`${JSON.stringify(report)}\n`);
  else if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report)}\n`);
  if (options.write) writeFileSync(PAGE, sensitivityPage(report));
  const { totals } = report;
  (options.json === '-' ? process.stderr : process.stdout).write(
    `${Object.entries(totals)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', ')}\n`,
  );
  const broken = report.entries.filter(({ outcome, ms }) => outcome === 'not-runnable' && ms > 0);
  return totals.missed === 0 && totals['false-alarm'] === 0 && broken.length === 0;
}

/** Throws `bad_request` for a file that holds no results of this profile. */
function earlierRun(file: string, profile: string): CorpusReport {
  let report: CorpusReport;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as CorpusReport;
  } catch {
    throw new LetheError('bad_request', `There are no results to go on from in ${file}. Nothing was run.`);
  }
  if (report?.profile !== profile || !Array.isArray(report.entries))
    throw new LetheError('bad_request', `${file} has no results of the profile ${profile}. Nothing was run.`);
  return report;
}

function line({ id, outcome, ms, reason }: EntryResult, done: number, of: number): string {
  const style = STYLES[outcome];
  const word = styleText(style, outcome.padEnd(12), { stream: process.stderr });
  return `${String(done).padStart(3)}/${of}  ${word}  ${id.padEnd(18)} ${(ms / 1000).toFixed(1).padStart(5)} s${reason ? `  ${plain(reason).slice(0, 400)}` : ''}`;
}
