/** docs/sensitivity.md: what the auditor finds and what it misses, as measured. */

import { ENGINE_KINDS } from '@lethe/core';
import type { CorpusReport } from './run-corpus.ts';
import type { EntryResult } from './run-entry.ts';

/** Clean runs of our own servers: named by their engine. */
const OWN = new RegExp(`^(?:${ENGINE_KINDS.join('|')})-\\d+$`);

const MEANT = { quick: 'without traffic', standard: 'a client sends marked traffic through it' };

export function sensitivityPage({ profile, entries, totals }: CorpusReport): string {
  const runnable = totals.named + totals.noticed + totals.missed;
  const quiet = totals.clean + totals['false-alarm'];
  const share = (count: number): string => (runnable === 0 ? '–' : `${((count / runnable) * 100).toFixed(1)} %`);
  const part = (outcomes: EntryResult['outcome'][]): EntryResult[] =>
    entries.filter(({ outcome }) => outcomes.includes(outcome));
  const clean = entries.filter(({ id }) => /^clean-\d+$/.test(id));
  const own = entries.filter(({ id, outcome }) => OWN.test(id) && outcome !== 'not-runnable');
  const unspoilt = [...clean, ...own];
  return `# How sensitive the auditor is

Made by \`lethe corpus run --write\`; do not edit. Each entry of [corpus](../corpus) is a known way to record users. It is done to a fresh
server, which is then audited with the profile \`${profile}\`: ${MEANT[profile]}. Servers of ours are audited by their owner, by
what they measure of themselves (\`lethe audit server:NAME\`), in use and unspoilt.

| | count | share of those that ran |
| --- | --- | --- |
| recorders that ran | ${runnable} | |
| named: a finding names the mechanism, and every claim it breaks is Not confirmed | ${totals.named} | ${share(totals.named)} |
| noticed: the claims are Not confirmed, for another reason | ${totals.noticed} | ${share(totals.noticed)} |
| missed | ${totals.missed} | ${share(totals.missed)} |
| silent servers and programs, of which ${clean.length} runs of the server as it is, ${own.length} of servers of ours | ${quiet} | |
| false alarms | ${totals['false-alarm']} | |
| could not run here | ${totals['not-runnable']} | |

## Recorders

| entry | what it is | outcome | remark |
| --- | --- | --- | --- |
${part(['named', 'noticed', 'missed']).map(row).join('\n')}

## Silent ones

| entry | what it is | outcome | remark |
| --- | --- | --- | --- |
${part(['clean', 'false-alarm'])
  .filter((one) => !unspoilt.includes(one) || one.outcome === 'false-alarm')
  .map(row)
  .join('\n')}

## Could not run

| entry | reason |
| --- | --- |
${part(['not-runnable'])
  .map(({ id, reason }) => `| ${id} | ${cell(reason)} |`)
  .join('\n')}
`;
}

const row = ({ id, title, outcome, reason }: EntryResult): string =>
  `| ${id} | ${cell(title)} | ${outcome} | ${cell(reason)} |`;
const cell = (text: string | null): string => (text ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 300);
