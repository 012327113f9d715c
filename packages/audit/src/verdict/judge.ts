/** From facts to verdicts: every check runs on the facts it declared, then each claim and question is decided. Pure. */

import { AUDIT_QUESTIONS, CLAIM_IDS, CLAIMS, type ClaimId, QUESTION_IDS, type QuestionId } from '@lethe/core';
import type { Check, Contrary } from '../checks/check.ts';
import { writes } from '../checks/file-writer.ts';
import { CHECKS } from '../checks/index.ts';
import type { Collected } from '../collect/collect.ts';
import type { Facts, Process, System } from '../facts/facts.ts';
import { readFacts } from '../facts/read-facts.ts';
import { includes, type Profile, SCOPES, type Scope } from './scope.ts';

export type Verdict = 'confirmed' | 'not-confirmed' | 'not-tested';

export interface CheckResult {
  id: string;
  claims: readonly ClaimId[];
  outcome: 'passed' | 'contrary' | 'not-tested';
  pass: string;
  why: string;
  contrary: Contrary[];
  open: string[];
}

export interface ClaimResult {
  id: ClaimId;
  text: string;
  /** Null: out of scope. */
  verdict: Verdict | null;
  /** Why it is out of scope, or what could not be tested. */
  reasons: string[];
  /** Titles of the contrary findings. */
  contrary: string[];
  checks: string[];
}

export interface QuestionResult {
  id: QuestionId;
  text: string;
  verdict: Verdict | null;
  claims: ClaimId[];
}

export interface AuditReport {
  format: 'lethe-audit/1';
  profile: Profile;
  target: { kind: string; name: string; system: System | null };
  collected: string;
  /** False: the planted recorder was not found, and nothing counts. */
  positiveControl: boolean;
  claims: ClaimResult[];
  questions: QuestionResult[];
  checks: CheckResult[];
  programs: { id: string; name: string; role: string; pid: number }[];
  totals: Record<Verdict, number>;
}

/** The report for what was collected. The same file gives the same report. */
export function judge(collected: Collected): AuditReport {
  const profile = profileOf(collected);
  const facts = readFacts(new Map(Object.entries(collected.answers)), collected.canary ?? null);
  const positiveControl = facts.processes.known && writes(facts.processes.value, collected.control);
  const root = facts.system.known && facts.system.value.root;
  const seen = withoutOwn(facts, collected);
  const checks = CHECKS.filter(({ from = 'quick' }) => includes(profile, from)).map((check) =>
    asFarAsSeen(runCheck(check, seen), root),
  );
  return reportOf({
    profile,
    target: { ...collected.target, system: facts.system.known ? facts.system.value : null },
    collected: collected.collected,
    positiveControl,
    scope: SCOPES[profile],
    checks,
    programs: programsOf(facts),
  });
}

/** Decides claims and questions by checks that were done. */
export function reportOf({
  scope,
  ...done
}: Pick<AuditReport, 'profile' | 'target' | 'collected' | 'positiveControl' | 'checks' | 'programs'> & {
  scope: Scope;
}): AuditReport {
  const claims = CLAIM_IDS.map((id) => decideClaim(id, scope, done.checks, done.positiveControl));
  const verdicts = new Map(claims.map(({ id, verdict }) => [id, verdict]));
  const { profile, target, collected, positiveControl, checks, programs } = done;
  return {
    format: 'lethe-audit/1',
    profile,
    target,
    collected,
    positiveControl,
    claims,
    questions: QUESTION_IDS.map((id) => decideQuestion(id, verdicts)),
    checks,
    programs,
    totals: {
      confirmed: claims.filter(({ verdict }) => verdict === 'confirmed').length,
      'not-confirmed': claims.filter(({ verdict }) => verdict === 'not-confirmed').length,
      'not-tested': claims.filter(({ verdict }) => verdict === 'not-tested').length,
    },
  };
}

/** What was really done says which profile it was, not what the file calls it. */
const profileOf = ({ canary }: Collected): Profile => (canary ? (canary.left ? 'full' : 'standard') : 'quick');

/** Exit code of an audit: 0 all confirmed, 1 something not confirmed, 2 nothing contrary but something not tested. */
export const exitCodeOf = ({ totals }: AuditReport): 0 | 1 | 2 =>
  totals['not-confirmed'] > 0 ? 1 : totals['not-tested'] > 0 ? 2 : 0;

/** A check whose facts are missing, or that fails itself, tests nothing: never a pass. */
function runCheck(check: Check, facts: Facts): CheckResult {
  const { id, claims, pass, why, needs } = check;
  const known: Record<string, unknown> = {};
  const open: string[] = [];
  for (const name of needs) {
    const fact = facts[name];
    if (fact.known) known[name] = fact.value;
    else open.push(`${sentence(name)}: ${fact.reason}.`);
  }
  if (open.length > 0) return { id, claims, pass, why, outcome: 'not-tested', contrary: [], open };
  try {
    const outcome = check.judge(known as Parameters<Check['judge']>[0]);
    return {
      id,
      claims,
      pass,
      why,
      outcome: outcome.contrary.length > 0 ? 'contrary' : outcome.open.length > 0 ? 'not-tested' : 'passed',
      ...outcome,
    };
  } catch {
    return {
      id,
      claims,
      pass,
      why,
      outcome: 'not-tested',
      contrary: [],
      open: ['The check could not read these facts.'],
    };
  }
}

/** Without root most of a machine cannot be seen: what was found counts, what was not found does not. */
function asFarAsSeen(result: CheckResult, root: boolean): CheckResult {
  if (root) return result;
  const open = [...result.open, 'The audit had no root on the target: most of it cannot be seen without.'];
  return { ...result, open, outcome: result.outcome === 'passed' ? 'not-tested' : result.outcome };
}

const sentence = (name: string): string => {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0]!.toUpperCase() + words.slice(1);
};

function decideClaim(id: ClaimId, scope: Scope, checks: readonly CheckResult[], control: boolean): ClaimResult {
  const against = checks.flatMap((check) => check.contrary.filter(({ claims }) => claims.includes(id)));
  const needed = checks.filter((check) => check.claims.includes(id));
  const base = {
    id,
    text: CLAIMS[id].text,
    contrary: [...new Set(against.map(({ title }) => title))],
    checks: needed.map((check) => check.id),
  };
  // Contrary evidence counts wherever it turns up, in scope or not; but without the control nothing counts.
  if (!control && !(scope.contraryWithoutControl === true && against.length > 0)) {
    const reason = 'The positive control was not found: this run cannot find a recorder.';
    return { ...base, verdict: scope.decides.includes(id) ? 'not-tested' : null, reasons: [reason], contrary: [] };
  }
  if (against.length > 0) return { ...base, verdict: 'not-confirmed', reasons: [] };
  if (!scope.decides.includes(id)) return { ...base, verdict: null, reasons: [scope.outOfScope[id] ?? 'out of scope'] };
  const open = needed.flatMap((check) => check.open);
  if (open.length > 0 || needed.length === 0) return { ...base, verdict: 'not-tested', reasons: open };
  return { ...base, verdict: 'confirmed', reasons: [] };
}

/** A question is answered by its claims: one contrary is enough; all that are in scope must be confirmed. */
function decideQuestion(id: QuestionId, verdicts: ReadonlyMap<ClaimId, Verdict | null>): QuestionResult {
  const claims = CLAIM_IDS.filter((claim) => (CLAIMS[claim].answers as readonly string[]).includes(id));
  const found = claims.map((claim) => verdicts.get(claim) ?? null).filter((verdict) => verdict !== null);
  const verdict = found.includes('not-confirmed')
    ? 'not-confirmed'
    : found.includes('not-tested')
      ? 'not-tested'
      : found.length > 0
        ? 'confirmed'
        : null;
  return { id, text: AUDIT_QUESTIONS[id], verdict, claims };
}

/** The auditor's own controls are found by name, and so are its processes where the target sees them; to the checks they are not there. */
function withoutOwn(facts: Facts, { answers, control, canary, traceControl, target }: Collected): Facts {
  const own = new Set(target.kind === 'local' ? canary?.own : []);
  // Threat: whoever holds a file of that name open is not the control. Only the process that the planting shell named is, if it is root's.
  const plantedAs = (id: string, file: string | undefined): ((process: Process) => boolean) => {
    const said = Number(answers[id]?.text.trim());
    return ({ pid, uid, descriptors }) =>
      pid === said && uid === 0 && descriptors.some(({ target: path, writes }) => writes && path === file);
  };
  const controls = [plantedAs('control', control), plantedAs('trace-control', traceControl)];
  const planted = (process: Process): boolean => own.has(process.pid) || controls.some((is) => is(process));
  return {
    ...facts,
    processes: facts.processes.known
      ? { ...facts.processes, value: facts.processes.value.filter((process) => !planted(process)) }
      : facts.processes,
    programs: facts.programs.known
      ? { ...facts.programs, value: facts.programs.value.filter(({ process }) => !planted(process)) }
      : facts.programs,
  };
}

function programsOf(facts: Facts): AuditReport['programs'] {
  if (!facts.programs.known) return [];
  const seen = new Set<string>();
  return facts.programs.value.flatMap(({ process, program }) => {
    if (program === null || program.role === 'neutral' || seen.has(program.id)) return [];
    seen.add(program.id);
    return [{ id: program.id, name: program.name, role: program.role, pid: process.pid }];
  });
}
