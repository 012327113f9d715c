/** What the PDF shows, as plain data: every word is fixed here or made harmless here, the template only places it. */

import type { Contrary } from '../checks/check.ts';
import type { AuditReport, CheckResult, ClaimResult, QuestionResult, Verdict } from '../verdict/judge.ts';
import { INDEPENDENCE, PROFILE_LIMITS, VERDICT_WORDS } from './words.ts';

type Shown = Verdict | 'none';

interface Found {
  title: string;
  places: string[];
  more: number;
  why: string;
  mend: string;
}

/** Fields as `report.typ` names them. */
export interface PdfData {
  title: string;
  heading: string;
  footer: string;
  /** Name, value, and whether the value is set as code. */
  cover: [name: string, value: string, code: boolean][];
  alarm: string | null;
  words: Record<Shown, string>;
  totals: [Shown, number][];
  independence: string;
  scope: string;
  outside: [id: string, reason: string][];
  method: string[];
  claims: {
    id: string;
    text: string;
    verdict: Shown;
    found: Found[];
    moreFound: number;
    reasons: string[];
    checks: string[];
  }[];
  questions: { id: string; text: string; verdict: Shown; claims: string[]; found: [title: string, mend: string][] }[];
  checks: { id: string; pass: string; outcome: Shown }[];
  again: string;
}

/** More of a kind is counted, not shown: a target could otherwise make a report of any size. JSON has it all. */
const MOST_PLACES = 8;
const MOST_FOUND = 30;
const MOST_REASONS = 12;
const MOST_LETTERS = 400;

export function pdfData(report: AuditReport, digest: string): PdfData {
  const { claims, questions, checks, totals, target } = report;
  const outside = claims.filter(({ verdict }) => verdict === null);
  const name = cut(target.name, 80);
  return {
    title: `Audit of ${unbroken(name)}`,
    heading: `Audit of ${name}`,
    footer: `Audit of ${unbroken(cut(target.name, 60))}, ${date(report.collected)}`,
    cover: cover(report, digest),
    alarm: report.positiveControl
      ? null
      : 'The positive control was not found. This run cannot find a recorder, so nothing in it counts.',
    words: VERDICT_WORDS,
    totals: [
      ['not-confirmed', totals['not-confirmed']],
      ['not-tested', totals['not-tested']],
      ['confirmed', totals.confirmed],
      ['none', outside.length],
    ],
    independence: INDEPENDENCE,
    scope: `One target was examined, the one that whoever ran the audit named. Nothing is said about other servers. The profile ${report.profile} decides ${claims.length - outside.length} of ${claims.length} claims.`,
    outside: outside.map(({ id, reasons }) => [id, text(reasons.join('; '))]),
    method: method(report),
    claims: claims.map((claim) => ({
      id: claim.id,
      text: claim.text,
      verdict: claim.verdict ?? 'none',
      found: foundAgainst(claim, report).slice(0, MOST_FOUND),
      moreFound: Math.max(0, claim.contrary.length - MOST_FOUND),
      reasons: some(claim.reasons),
      checks: claim.checks,
    })),
    questions: questions.map((question) => ({
      id: question.id,
      text: question.text,
      verdict: question.verdict ?? 'none',
      claims: question.claims,
      found: foundFor(question, report),
    })),
    checks: checks.map(({ id, pass, outcome }) => ({ id: text(id), pass, outcome: OUTCOMES[outcome] })),
    again:
      'The facts can be judged again without the target: `lethe audit --from FILE`. Long texts and lists are cut here; the JSON report has them whole.',
  };
}

const OUTCOMES: Record<CheckResult['outcome'], Verdict> = {
  passed: 'confirmed',
  contrary: 'not-confirmed',
  'not-tested': 'not-tested',
};

function cover({ target, profile, collected, programs }: AuditReport, digest: string): PdfData['cover'] {
  const { system } = target;
  return [
    ['Target', cut(target.name, 200), true],
    ['System', system ? text(`${system.os}, ${system.kernel}`) : 'not told', false],
    ['Profile', profile, false],
    ['Read', date(collected), false],
    ['Programs found', text(programs.map((one) => one.name).join(', ')) || 'none that the auditor judges', false],
    ['SHA-256 of facts', text(digest), true],
  ];
}

const method = ({ profile, positiveControl, target, checks }: AuditReport): string[] => [
  'The target was read through a shell, without installing anything. Nothing but the positive control was written, and that was removed.',
  positiveControl
    ? 'Positive control: a recorder was planted, and was found.'
    : 'Positive control: the planted recorder was not found.',
  `${checks.length} checks ran on what was read. Where something could not be read, what needs it is Not tested, never Confirmed.`,
  ...(target.system?.root ? [] : ['The audit had no root on the target, so that most of it could not be seen.']),
  ...(PROFILE_LIMITS[profile] ? [PROFILE_LIMITS[profile]] : []),
  'Somebody who has root on the target can make it lie to the auditor.',
];

/** Findings that name the claim, one entry for each title. Without the control none count, as `judge` has it. */
function foundAgainst({ id, verdict }: ClaimResult, { checks }: AuditReport): Found[] {
  if (verdict !== 'not-confirmed') return [];
  const all = checks.flatMap(({ contrary, why }) =>
    contrary.filter(({ claims }) => claims.includes(id)).map((one): Contrary & { why: string } => ({ ...one, why })),
  );
  return [...Map.groupBy(all, ({ title }) => title)].map(([title, same]) => ({
    title: text(title),
    places: same.slice(0, MOST_PLACES).map(({ where }) => text(where)),
    more: Math.max(0, same.length - MOST_PLACES),
    why: text(same[0]!.why),
    mend: text(same[0]!.mend),
  }));
}

/** Each title once, with how to mend it. The places are under the claims. */
function foundFor(question: QuestionResult, report: AuditReport): [title: string, mend: string][] {
  const found = report.claims
    .filter(({ id }) => question.claims.includes(id))
    .flatMap((claim) => foundAgainst(claim, report));
  return [...new Map(found.map(({ title, mend }) => [title, mend]))].slice(0, MOST_FOUND);
}

function some(reasons: readonly string[]): string[] {
  const each = [...new Set(reasons)];
  return [
    ...each.slice(0, MOST_REASONS).map((reason) => text(reason)),
    ...(each.length > MOST_REASONS ? [`and ${each.length - MOST_REASONS} more`] : []),
  ];
}

const date = (collected: string): string => text(collected.replace('T', ' ').replace('Z', ' UTC'));

const text = (value: string): string => cut(value, MOST_LETTERS);

/** Made visible, not too long, and with places to break in long words. */
function cut(value: string, most: number): string {
  const letters = [...value];
  const short = letters.length > most ? `${letters.slice(0, most).join('')}… (${letters.length} letters)` : value;
  return breakable(visible(short));
}

/**
 * Letters that both fonts of the compiler have. Any other is shown by its number: nothing can hide, turn the direction of a line or be
 * missing from the page, and no font of the machine is asked for.
 */
const visible = (value: string): string =>
  value.replace(
    /[^ -~\u00a1-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c9\u0410-\u044f–—‘’“”…•]/gu,
    (letter) => `[U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
  );

/** U+200B: the template makes a place to break of it. No other one can come through `visible`. */
const breakable = (value: string): string =>
  value.replace(/\S{25,}/gu, (word) => word.replace(/[/._=:,;&?@-]+|[^/._=:,;&?@-]{20}/gu, '$&\u200b'));

const unbroken = (value: string): string => value.replaceAll('\u200b', '');
