/** A reviewed change as text for a terminal and as data for `--json`. Every text of the change goes through `visible`. */

import { styleText } from 'node:util';
import { note } from '../output.ts';
import type { Section, ShownLine } from './difference.ts';
import type { Group, Review } from './review.ts';
import { visible, visibleProse } from './visible.ts';

/** What an approver reads before signing. */
export function reviewText(review: Review): string {
  const { document } = review;
  const kind = document.kind === 'release' ? 'Release' : 'Trust root';
  const marked = marksOf(review);
  return [
    styleText('bold', `${kind} ${review.version}`),
    ...labelled(facts(review)),
    ...(document.kind === 'release' ? reason(document.release.reason) : []),
    ...review.sections.flatMap((section) => sectionText(section, spelling(review))),
    '',
    review.sections.length === 0
      ? `Nothing ${document.kind === 'release' ? 'that runs' : 'but its number and time'} would change.`
      : marked === 0
        ? 'No changed line is marked. Marks are advice: read the lines.'
        : `${marked} changed ${marked === 1 ? 'line' : 'lines'} marked !: could touch logging, capturing or who decides. Marks are advice: read the others too.`,
  ].join('\n');
}

/** For `--json`; texts are spelled as for people, since JSON keeps most of what a terminal would obey. */
export const reviewData = (review: Review) => ({
  kind: review.document.kind,
  version: review.version,
  id: review.digest,
  signers: review.groups.map(({ title, persons, signed, needed }) => ({ title, persons, signed, needed })),
  expires: review.expires,
  ...(review.document.kind === 'release' && {
    author: visibleProse(review.document.release.author),
    reason: visibleProse(review.document.release.reason),
  }),
  marked: marksOf(review),
  sections: review.sections.map(({ title, lines }) => ({
    title: visible(title),
    lines: lines.map(({ sign, text, marked }) => ({ sign, text: spelling(review)(text), marked })),
  })),
});

/** Seconds since 1970 → `2026-11-01 12:00 UTC`. */
export const timeText = (seconds: number): string => {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? `never (${seconds} s)`
    : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
};

/** `ada, grace (2 of 2; may sign: ada, grace, radia)`. */
export function signedText({ signed, needed, persons }: Group): string {
  const names = (ids: string[]): string => ids.map(visibleProse).join(', ');
  return `${names(signed) || 'nobody'} (${signed.length} of ${needed} needed; may sign: ${names(persons)})`;
}

const marksOf = ({ sections }: Review): number =>
  sections.flatMap(({ lines }) => lines).filter((line) => line.marked).length;

function facts(review: Review): [string, string][] {
  const { document, groups, beforeIndex, version, digest, expires } = review;
  const after: [string, string][] =
    version === 1
      ? [['After', 'nothing: it is the first, so everything in it is new']]
      : [
          [
            'After',
            beforeIndex === undefined ? `trust root ${version - 1}` : `release ${version - 1}, entry ${beforeIndex}`,
          ],
        ];
  const signed = groups.map((one): [string, string] => [one.title, signedText(one)]);
  if (document.kind === 'root') return [['Id', digest], ...signed, ['Counts', `until ${timeText(expires)}`], ...after];
  const { author, notBefore, scope, trustRoot } = document.release;
  const says = groups[0]!.signed.includes(author) ? '' : ', who has not signed it';
  return [
    ['Id', digest],
    ['Proposed by', `${visibleProse(author)}${says}`],
    ...signed,
    ['Under', `trust root ${trustRoot}`],
    ['Valid', `${timeText(notBefore)} to ${timeText(expires)}`],
    ['Regions', visible(scope.join(' '))],
    ...after,
  ];
}

/** In lines of its own, so that no reason can look like another part of what is shown. */
const reason = (text: string): string[] => ['Reason', ...text.split('\n').map((line) => `  | ${visibleProse(line)}`)];

function labelled(pairs: [string, string][]): string[] {
  const width = Math.max(...pairs.map(([label]) => label.length));
  return pairs.map(([label, value]) => `${note(label.padEnd(width))}  ${value}`);
}

const sectionText = ({ title, lines }: Section, spell: (text: string) => string): string[] => [
  '',
  styleText('bold', visible(title)),
  ...lines.map((line) => diffLine(line, spell)),
];

const COLOURS = { '+': 'green', '-': 'red', '@': 'dim', ' ': 'reset' } as const;

/** `! +   text`: the mark and the sign stand where no text can. */
function diffLine({ sign, text, marked }: ShownLine, spell: (text: string) => string): string {
  const mark = marked ? styleText(['yellow', 'bold'], '!') : ' ';
  return `${mark} ${styleText(COLOURS[sign], `${sign} ${spell(text)}`)}`;
}

/** Persons may have letters of their own alphabet in their names; configuration may not. */
const spelling = ({ document }: Review): ((text: string) => string) =>
  document.kind === 'root' ? visibleProse : visible;
