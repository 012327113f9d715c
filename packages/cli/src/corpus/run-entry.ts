/** One entry of the corpus: a fresh server, the injection, an audit, the outcome. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AuditReport, collect, judge, parseTarget } from '@lethe/audit/audit';
import type { ClaimId } from '@lethe/core';
import type { Lab } from '@lethe/testkit';
import type { CorpusEntry } from './entry.ts';
import { COLLECTOR, LabServer, type Layers } from './lab-server.ts';

/** Whoever works on it while the corpus runs changes no server's files. */
const PROJECT = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');

export type Outcome = 'named' | 'noticed' | 'missed' | 'clean' | 'false-alarm' | 'not-runnable';

export interface EntryResult {
  id: string;
  title: string;
  outcome: Outcome;
  ms: number;
  findings: { claim: ClaimId; title: string }[];
  /** Why it could not run, or what was missed. */
  reason: string | null;
}

const NO_CONTROL = 'the positive control was not found';

/** False for a result that tells nothing of its entry: the audit was blind, or the entry could not be done. */
export const isDecided = ({ outcome, ms, reason }: EntryResult): boolean =>
  outcome === 'not-runnable' ? ms === 0 : reason !== NO_CONTROL;

export interface EntryOptions {
  profile?: 'quick' | 'standard';
  signal?: AbortSignal | undefined;
}

/** Never throws for what an entry does: then it is `not-runnable`, with the reason. */
export async function runEntry(entry: CorpusEntry, layers: Layers, options: EntryOptions = {}): Promise<EntryResult> {
  const { signal } = options;
  const began = performance.now();
  const result = (outcome: Outcome, findings: EntryResult['findings'], reason: string | null): EntryResult => ({
    id: entry.id,
    title: entry.title,
    outcome,
    ms: Math.round(performance.now() - began),
    findings,
    reason,
  });
  try {
    const first = await auditOnce(entry, layers, options);
    // A run that misses its positive control tells nothing of the entry: it is done again, once.
    const report = first.positiveControl ? first : await auditOnce(entry, layers, options);
    return result(...decide(entry, report));
  } catch (error) {
    signal?.throwIfAborted();
    return result('not-runnable', [], (error as Error).message.slice(0, 300));
  }
}

/** A server that nobody spoilt: any contrary finding is a false alarm, and so is a verdict that could not be reached. */
export async function runClean(id: string, options: EntryOptions = {}): Promise<EntryResult> {
  const entry: CorpusEntry = {
    id,
    title: 'the lab server as it is',
    category: 'clean',
    records: 'nothing',
    claims: [],
    needs: [],
    settleS: 0,
    expect: [],
    alone: false,
    inject: '/dev/null',
    traffic: null,
    clientNeeds: [],
  };
  const none = { of: () => Promise.resolve(null) } as unknown as Layers;
  return runEntry(entry, none, options);
}

/** A fresh server, the injection, and what an audit says of it. */
async function auditOnce(entry: CorpusEntry, layers: Layers, options: EntryOptions): Promise<AuditReport> {
  await using server = await LabServer.start(await layers.of([...entry.needs, ...entry.clientNeeds]), PROJECT);
  await inject(server.lab, entry);
  await sleep(entry.settleS * 1000, undefined, { signal: options.signal });
  // Awaited: the server goes at the end of this block.
  return await auditServer(server, entry, options);
}

async function inject(lab: Lab, entry: CorpusEntry): Promise<void> {
  const script = readFileSync(entry.inject, 'utf8');
  await lab.sh(
    `export COLLECTOR=${COLLECTOR} PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n${script}`,
  );
}

/** In the standard profile a client connects, and its traffic is looked for. */
async function auditServer(server: LabServer, entry: CorpusEntry, options: EntryOptions): Promise<AuditReport> {
  const { signal, profile = 'standard' } = options;
  const target = parseTarget(`exec:${server.lab.enter.join(' ')}`);
  if (profile === 'quick') return judge(await collect(target, signal ? { signal } : {}));
  const script = entry.traffic === null ? null : readFileSync(entry.traffic, 'utf8');
  await using canary = await server.connect(script, { signal });
  return judge(await collect(target, { canary, ...(signal ? { signal } : {}) }));
}

/** Named: one finding has every expected word, and every claim is Not confirmed. Noticed: the claims are, for another reason. */
function decide(entry: CorpusEntry, report: AuditReport): [Outcome, EntryResult['findings'], string | null] {
  const contrary = report.checks.flatMap((check) => check.contrary);
  const findings = contrary.flatMap(({ title, claims }) => claims.map((claim) => ({ claim, title })));
  if (!report.positiveControl) return ['missed', findings, NO_CONTROL];
  if (entry.claims.length === 0) {
    if (contrary.length > 0)
      return ['false-alarm', findings, contrary.map(({ title, where }) => `${title} (${where})`).join('; ')];
    const open = report.checks.flatMap((check) => check.open);
    return ['clean', findings, open.length > 0 ? `not tested: ${open.join(' ')}` : null];
  }
  const verdicts = new Map(report.claims.map(({ id, verdict }) => [id, verdict]));
  const missed = entry.claims.filter((claim) => verdicts.get(claim) !== 'not-confirmed');
  if (missed.length > 0) return ['missed', findings, `not found against ${missed.join(', ')}`];
  const named = contrary.some(({ title, where }) => {
    const text = `${title} ${where}`.toLowerCase();
    return entry.expect.every((word) => text.includes(word.toLowerCase()));
  });
  return named ? ['named', findings, null] : ['noticed', findings, `no finding names ${entry.expect.join(', ')}`];
}
