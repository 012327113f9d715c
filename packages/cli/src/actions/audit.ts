/** The procedure behind `lethe audit`: read a target or a file, judge, report. */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { styleText } from 'node:util';
import {
  type AuditReport,
  type Collected,
  collect,
  diffReports,
  exitCodeOf,
  judge,
  type Paint,
  parseTarget,
  reportHtml,
  reportText,
  VERDICT_WORDS,
} from '@lethe/audit/audit';
import { LetheError } from '@lethe/core/errors';
import { plain } from '../run.ts';
import { createReporter } from '../up/report.ts';

export interface AuditOptions {
  profile: string;
  facts?: string;
  from?: string;
  html?: string;
  json: boolean;
}

/** Resolves to the exit code: 0 all confirmed, 1 something not confirmed, 2 something not tested. Throws what kept it from running. */
export async function auditOnce(target: string | undefined, options: AuditOptions): Promise<0 | 1 | 2> {
  if ((target === undefined) === (options.from === undefined)) {
    throw new LetheError('bad_request', 'Name a target, or a file of facts with --from. Nothing was examined.');
  }
  if (options.profile !== 'quick') {
    throw new LetheError('bad_request', 'This version has the profile quick only. Nothing was examined.');
  }
  const collected = target === undefined ? readCollected(options.from!) : await read(target, options.json);
  const text = JSON.stringify(collected);
  if (options.facts !== undefined) write(options.facts, text, 0o600);
  const report = judge(collected);
  if (options.html !== undefined)
    write(options.html, reportHtml(report, createHash('sha256').update(text).digest('hex')), 0o600);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${reportText(report, paint, columns())}\n`);
  return exitCodeOf(report);
}

async function read(name: string, json: boolean): Promise<Collected> {
  const target = parseTarget(name);
  const stop = new AbortController();
  const end = (): void =>
    stop.abort(new LetheError('timeout', 'The audit was called off. The planted recorder was removed.'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const progress = json ? null : createReporter(process.stderr);
  progress?.step(`Reading ${plain(name)}`);
  try {
    const collected = await collect(target, {
      signal: stop.signal,
      onProgress: (text) => progress?.detail(text),
    });
    progress?.done();
    return collected;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  }
}

/** A file of facts. Throws `bad_request` for anything else. */
function readCollected(file: string): Collected {
  const value = readJson(file) as Partial<Collected> | null;
  const whole =
    value?.format === 'lethe-facts/1' &&
    typeof value.control === 'string' &&
    typeof value.collected === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value.collected) &&
    typeof value.target?.name === 'string' &&
    typeof value.target.kind === 'string' &&
    typeof value.answers === 'object' &&
    value.answers !== null &&
    Object.values(value.answers).every(
      (answer) =>
        typeof answer?.text === 'string' && typeof answer.shell === 'string' && typeof answer.status === 'string',
    );
  if (!whole) {
    throw new LetheError(
      'bad_request',
      'This is no file of facts that `lethe audit --facts` wrote. Nothing was judged.',
    );
  }
  return value as Collected;
}

/** Prints what changed between two reports. Throws `bad_request` for a file that is no report. */
export async function auditDiff(before: string, after: string, json: boolean): Promise<void> {
  const diff = diffReports(readReport(before), readReport(after));
  if (json) {
    process.stdout.write(`${JSON.stringify(diff)}\n`);
    return;
  }
  const word = (verdict: AuditReport['claims'][number]['verdict']): string => VERDICT_WORDS[verdict ?? 'none'];
  const lines = [
    ...diff.verdicts.map(({ claim, before: was, after: is }) => `${plain(String(claim))}  ${word(was)} → ${word(is)}`),
    ...diff.appeared.map(({ title, where }) => `${paint('bad', '+')} ${plain(title)}  ${paint('dim', plain(where))}`),
    ...diff.gone.map(({ title, where }) => `${paint('good', '-')} ${plain(title)}  ${paint('dim', plain(where))}`),
  ];
  process.stdout.write(`${lines.length > 0 ? lines.join('\n') : 'Nothing changed.'}\n`);
}

function readReport(file: string): AuditReport {
  const value = readJson(file) as Partial<AuditReport> | null;
  if (value?.format !== 'lethe-audit/1' || !Array.isArray(value.claims) || !Array.isArray(value.checks)) {
    throw new LetheError('bad_request', 'This is no report that `lethe audit --json` printed. Nothing was compared.');
  }
  return value as AuditReport;
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LetheError('bad_request', `The file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new LetheError('bad_request', `The file ${file} is no JSON.`);
  }
}

function write(file: string, text: string, mode: number): void {
  try {
    writeFileSync(file, text, { mode });
  } catch (error) {
    throw new LetheError(
      'disk_full',
      `The file ${file} could not be written (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

const columns = (): number => Math.min(Math.max(process.stdout.columns ?? 100, 60), 110);

const STYLES = { good: 'green', bad: 'red', open: 'yellow', dim: 'dim', strong: 'bold' } as const;
const paint: Paint = (style, text) => styleText(STYLES[style], text, { stream: process.stdout });
