/** The report for a terminal: verdicts first, then each finding with how to mend it. Plain text; the caller adds colour by mark. */

import type { AuditReport, ClaimResult, Verdict } from '../verdict/judge.ts';
import { INDEPENDENCE, PROFILE_LIMITS, VERDICT_WORDS } from './words.ts';

export type Paint = (style: 'good' | 'bad' | 'open' | 'dim' | 'strong', text: string) => string;

const MARKS: Record<Verdict | 'none', [mark: string, style: Parameters<Paint>[0]]> = {
  confirmed: ['✓', 'good'],
  'not-confirmed': ['✗', 'bad'],
  'not-tested': ['?', 'open'],
  none: ['·', 'dim'],
};

/** Lines of the report. Whatever came from the target is made printable: it could hold escape sequences. */
export function reportText(report: AuditReport, paint: Paint, width = 100): string {
  return [
    ...head(report, paint),
    ...verdicts(report, paint, width),
    ...findings(report, paint, width),
    ...untested(report, paint, width),
    ...foot(report, paint, width),
  ].join('\n');
}

function head(report: AuditReport, paint: Paint): string[] {
  const { target, totals } = report;
  const system = target.system;
  return [
    paint('strong', `Audit of ${clean(target.name)}`) +
      paint('dim', `  ${report.profile} profile, ${clean(report.collected)}`),
    ...(system ? [paint('dim', clean(`${system.os}, ${system.kernel}${system.root ? '' : ', without root'}`))] : []),
    ...(report.programs.length > 0
      ? [paint('dim', `Found: ${report.programs.map(({ name }) => clean(name)).join(', ')}`)]
      : []),
    '',
    [
      paint(totals['not-confirmed'] > 0 ? 'bad' : 'dim', `${totals['not-confirmed']} not confirmed`),
      paint(totals['not-tested'] > 0 ? 'open' : 'dim', `${totals['not-tested']} not tested`),
      paint(totals.confirmed > 0 ? 'good' : 'dim', `${totals.confirmed} confirmed`),
    ].join(paint('dim', ' · ')),
    ...(report.positiveControl
      ? []
      : ['', paint('bad', 'The positive control was not found: this run counts for nothing.')]),
    '',
  ];
}

function verdicts({ claims }: AuditReport, paint: Paint, width: number): string[] {
  const decided = claims.filter(({ verdict }) => verdict !== null);
  const outside = claims.filter(({ verdict }) => verdict === null);
  return [
    ...decided.flatMap((claim) => claimLine(claim, paint, width)),
    ...(outside.length > 0
      ? [
          '',
          paint(
            'dim',
            `Out of scope of this profile: ${outside.map(({ id }) => id).join(', ')}. The JSON and HTML reports say why.`,
          ),
        ]
      : []),
    '',
  ];
}

function claimLine({ id, text, verdict }: ClaimResult, paint: Paint, width: number): string[] {
  const [mark, style] = MARKS[verdict ?? 'none'];
  const label = VERDICT_WORDS[verdict ?? 'none'].padEnd(14);
  const [first, ...rest] = wrap(text, width - 26);
  return [`${paint(style, `${mark} ${label}`)}${id}  ${first}`, ...rest.map((line) => `${' '.repeat(23)}${line}`)];
}

function findings({ checks }: AuditReport, paint: Paint, width: number): string[] {
  const found = checks.flatMap((check) => check.contrary);
  if (found.length === 0) return [];
  const groups = Map.groupBy(found, ({ title }) => title);
  return [
    paint('strong', 'What was found'),
    ...[...groups].flatMap(([title, all]) => [
      '',
      ...wrap(clean(title), width - 2).map((line, index) =>
        index === 0 ? `${paint('bad', '✗')} ${line}` : `  ${line}`,
      ),
      ...all.slice(0, 3).flatMap(({ where }) => wrap(clean(where), width - 4).map((line) => paint('dim', `  ${line}`))),
      ...(all.length > 3 ? [paint('dim', `  and ${all.length - 3} more places`)] : []),
      ...wrap(`To mend it: ${all[0]!.mend}`, width - 4).map((line) => `  ${line}`),
      paint('dim', `  ${[...new Set(all.flatMap(({ claims }) => claims))].join(', ')}`),
    ]),
    '',
  ];
}

function untested({ checks }: AuditReport, paint: Paint, width: number): string[] {
  const open = [...new Set(checks.flatMap((check) => check.open))];
  if (open.length === 0) return [];
  return [
    paint('strong', 'What could not be told'),
    ...open.flatMap((reason) =>
      wrap(clean(reason), width - 2).map((line, index) =>
        index === 0 ? `${paint('open', '?')} ${line}` : `  ${line}`,
      ),
    ),
    '',
  ];
}

function foot({ profile, positiveControl }: AuditReport, paint: Paint, width: number): string[] {
  return wrap(
    `${positiveControl ? 'The planted recorder was found. ' : ''}${PROFILE_LIMITS[profile] ?? ''} ${INDEPENDENCE}`,
    width,
  ).map((line) => paint('dim', line));
}

/** Words in lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const out: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > Math.max(width, 20)) {
      out.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...out, line];
}

/** Text from a target without control characters. */
export const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '�');
