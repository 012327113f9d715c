/** The procedure behind `lethe audit`: read a target or a file, judge, report. */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { styleText } from 'node:util';
import {
  type AuditReport,
  type Collected,
  type CollectedServer,
  collect,
  diffReports,
  exitCodeOf,
  isCanaryRecord,
  judge,
  judgeServer,
  oscalOf,
  PACES,
  type Paint,
  PROFILES,
  type Profile,
  parseTarget,
  reportHtml,
  reportPdf,
  reportText,
  VERDICT_WORDS,
} from '@lethe/audit/audit';
import { LetheError } from '@lethe/core/errors';
import { type Canary, type CanaryOptions, openCanary } from '../canary/canary.ts';
import { readClient } from '../canary/client.ts';
import { stateEntries } from '../inventory-spec.ts';
import { plain } from '../run.ts';
import { createReporter } from '../up/report.ts';
import { isCollectedServer, readServer, SERVER } from './audit-server.ts';

export interface AuditOptions {
  profile: string;
  client?: string;
  sinkZone?: string;
  sinkAddress?: string[];
  keys?: string;
  service?: string;
  facts?: string;
  from?: string;
  html?: string;
  pdf?: string;
  oscal?: string;
  json: boolean;
}

/** Resolves to the exit code: 0 all confirmed, 1 something not confirmed, 2 something not tested. Throws what kept it from running. */
export async function auditOnce(target: string | undefined, options: AuditOptions): Promise<0 | 1 | 2> {
  if ((target === undefined) === (options.from === undefined)) {
    throw new LetheError('bad_request', 'Name a target, or a file of facts with --from. Nothing was examined.');
  }
  const own = target?.startsWith(SERVER) === true;
  if (own) refuseClient(options);
  else if (options.keys !== undefined)
    throw new LetheError('bad_request', 'Keys are for server:NAME, a server of yours. Nothing was examined.');
  const client = own ? null : canaryOptions(options);
  const collected =
    target === undefined
      ? readCollected(options.from!)
      : own
        ? await readServer(target.slice(SERVER.length), options)
        : await read(target, client, options.json);
  const text = JSON.stringify(collected);
  if (options.facts !== undefined) write(options.facts, text, 0o600);
  const report = isCollectedServer(collected) ? judgeServer(collected, stateEntries()) : judge(collected);
  const digest = createHash('sha256').update(text).digest('hex');
  if (options.html !== undefined) write(options.html, reportHtml(report, digest), 0o600);
  if (options.oscal !== undefined) write(options.oscal, `${JSON.stringify(oscalOf(report, digest), null, 2)}\n`, 0o600);
  if (options.pdf !== undefined) write(options.pdf, await reportPdf(report, digest), 0o600);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${reportText(report, paint, columns())}\n`);
  return exitCodeOf(report);
}

/** For a target that is asked through the service. Throws `bad_request` for what needs a shell. */
function refuseClient({ profile, client, sinkZone, sinkAddress }: AuditOptions): void {
  if (profile === 'quick' && [client, sinkZone, sinkAddress].every((option) => option === undefined)) return;
  throw new LetheError(
    'bad_request',
    'A server of yours is examined with --profile quick, without a client: it has no shell to search it by. Nothing was examined.',
  );
}

type ClientOptions = Pick<CanaryOptions, 'client' | 'zone' | 'addresses' | 'pace'>;

/** What a client needs, if the profile has one. Throws `bad_request` for options that do not fit each other. */
function canaryOptions({ profile, client, sinkZone, sinkAddress, from }: AuditOptions): ClientOptions | null {
  if (!isProfile(profile)) {
    throw new LetheError('bad_request', 'There is no such profile. Use quick, standard or full. Nothing was examined.');
  }
  const given = [client, sinkZone, sinkAddress].filter((option) => option !== undefined).length;
  if (given > 0 && (profile === 'quick' || from !== undefined)) {
    throw new LetheError(
      'bad_request',
      'A client and a sink are for an audit of a target with --profile standard or full. Nothing was examined.',
    );
  }
  if (profile === 'quick' || from !== undefined) return null;
  if (client === undefined || sinkZone === undefined || sinkAddress === undefined) {
    throw new LetheError(
      'bad_request',
      'This profile sends traffic: it needs --client, --sink-zone and --sink-address. Nothing was examined.',
    );
  }
  return { client: readClient(client), zone: sinkZone, addresses: sinkAddress, pace: PACES[profile] };
}

const isProfile = (word: string): word is Profile => (PROFILES as readonly string[]).includes(word);

async function read(name: string, client: ClientOptions | null, json: boolean): Promise<Collected> {
  const target = parseTarget(name);
  // The server's own work goes first: here the auditor shares its processors.
  if (target.kind === 'local') setPriority(constants.priority.PRIORITY_LOW);
  const stop = new AbortController();
  const end = (): void =>
    stop.abort(new LetheError('timeout', 'The audit was called off. The planted recorder was removed.'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const progress = json ? null : createReporter(process.stderr);
  try {
    await using opened = new AsyncDisposableStack();
    let canary: Canary | undefined;
    if (client) {
      progress?.step('Connecting a client');
      canary = opened.use(await openCanary({ ...client, target: target.kind, signal: stop.signal }));
      progress?.done();
    }
    progress?.step(`Reading ${plain(name)}`);
    const collected = await collect(target, {
      signal: stop.signal,
      onProgress: (text) => progress?.detail(text),
      ...(canary ? { canary } : {}),
    });
    progress?.done();
    return collected;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  }
}

/** A file of facts. Throws `bad_request` for anything else. */
function readCollected(file: string): Collected | CollectedServer {
  const value = readJson(file) as Partial<Collected> | null;
  if (isCollectedServer(value)) return value;
  const whole =
    value?.format === 'lethe-facts/1' &&
    typeof value.control === 'string' &&
    typeof value.collected === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value.collected) &&
    typeof value.target?.name === 'string' &&
    typeof value.target.kind === 'string' &&
    (value.canary === undefined || isCanaryRecord(value.canary)) &&
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

function write(file: string, text: string | Uint8Array, mode: number): void {
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
