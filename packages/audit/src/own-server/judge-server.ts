/**
 * An audit of a server of one's own, without a shell on it: the server measures itself, signed for its owner, and what it says is judged as
 * any other target's answers are. The same file gives the same report. Pure.
 *
 * Threat: who took over the server's kernel can make every answer. The report says so through its scope: what only a look from outside can
 * tell is out of it.
 */

import { CLAIM_IDS, type ClaimId, INCIDENT_WORDS } from '@lethe/core';
import {
  type InventoryReport,
  type InventoryVerdict,
  judgeInventory,
  PROBES,
  type StateEntry,
  searchesOf,
} from '@lethe/core/inventory';
import type { Contrary } from '../checks/check.ts';
import { type AuditReport, type CheckResult, reportOf } from '../verdict/judge.ts';
import { OWN_SERVER_SCOPE } from '../verdict/scope.ts';
import { BIRTH, SEARCH_MEANINGS } from './searches.ts';

/** What `--facts` writes for such a target, and `--from` reads. */
export interface CollectedServer {
  format: 'lethe-facts/1';
  target: { kind: 'server'; name: string };
  /** When the server was asked, RFC 3339 in UTC. */
  collected: string;
  inventory: InventoryReport;
}

/** The report for what a server said of itself, held against the state inventory. */
export function judgeServer(
  { target, collected, inventory }: CollectedServer,
  entries: readonly StateEntry[],
): AuditReport {
  const verdicts = judgeInventory(entries, inventory);
  return reportOf({
    profile: 'quick',
    target: { ...target, system: null },
    collected,
    positiveControl: inventory.control,
    scope: OWN_SERVER_SCOPE,
    checks: [...searchChecks(inventory, verdicts), ...stateChecks(entries, verdicts)],
    programs: [],
  });
}

/** One check for each search that is done on this engine. */
function searchChecks({ engine, searches }: InventoryReport, verdicts: readonly InventoryVerdict[]): CheckResult[] {
  return searchesOf(engine).map((search) => {
    const { claims, pass, why, mend } = SEARCH_MEANINGS[search];
    const kinds = searches.flatMap((one) => (one.search === search ? (one.found ?? []) : []));
    const contrary = kinds.map(
      (kind): Contrary => ({ title: INCIDENT_WORDS[kind], where: `search ${search}`, claims, mend }),
    );
    const blind = verdicts.some(({ id, verdict }) => id === search && verdict === 'not_measured');
    const open = blind ? [`The server could not do its search of ${search.replaceAll('_', ' ')}.`] : [];
    return result({ id: `own-${search.replaceAll('_', '-')}`, claims, pass, why }, contrary, open);
  });
}

/** One check for each object that the server measures, and one for what it has although no entry names it. */
function stateChecks(entries: readonly StateEntry[], verdicts: readonly InventoryVerdict[]): CheckResult[] {
  return verdicts.flatMap(({ id, verdict, mandatory, ageS, boundS }) => {
    if (!mandatory) return [];
    if (verdict === 'undeclared' && isProbe(id)) return [undeclaredObject(id)];
    const entry = entries.find((one) => one.id === id);
    if (!entry) return [];
    const claims = entry.claims.filter(isClaim);
    const contrary: Contrary[] =
      verdict === 'over_age'
        ? [
            {
              title: `Kept longer than declared: ${entry.object}`,
              where: `${ageS} s old, at most ${boundS} s`,
              claims,
              mend: 'Ask the server to forget, and tell the operator: the bound is promised (docs/what-we-hold.md).',
            },
          ]
        : [];
    const open = verdict === 'not_measured' ? [`The server could not measure: ${entry.object}.`] : [];
    return result(
      { id: `own-state-${id}`, claims, pass: `As declared: ${entry.object}.`, why: entry.why },
      contrary,
      open,
    );
  });
}

const isProbe = (id: string): boolean => (PROBES as readonly string[]).includes(id);

const undeclaredObject = (probe: string): CheckResult =>
  result(
    { id: `own-undeclared-${probe}`, claims: ['CL-04'], pass: '', why: 'What is held and not declared has no bound.' },
    [
      {
        title: `Held although the state inventory of this engine does not name it: ${probe}`,
        where: `probe ${probe}`,
        claims: ['CL-04'],
        mend: BIRTH,
      },
    ],
    [],
  );

const isClaim = (text: string): text is ClaimId => (CLAIM_IDS as readonly string[]).includes(text);

const result = (
  record: Pick<CheckResult, 'id' | 'claims' | 'pass' | 'why'>,
  contrary: Contrary[],
  open: string[],
): CheckResult => ({
  ...record,
  outcome: contrary.length > 0 ? 'contrary' : open.length > 0 ? 'not-tested' : 'passed',
  contrary,
  open,
});
