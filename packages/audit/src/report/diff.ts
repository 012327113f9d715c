/** What changed between two audits: verdicts that moved, findings that came and went. */

import type { ClaimId } from '@lethe/core';
import type { AuditReport, Verdict } from '../verdict/judge.ts';

export interface AuditDiff {
  verdicts: { claim: ClaimId; before: Verdict | null; after: Verdict | null }[];
  appeared: { title: string; where: string }[];
  gone: { title: string; where: string }[];
}

export function diffReports(before: AuditReport, after: AuditReport): AuditDiff {
  const old = new Map(before.claims.map(({ id, verdict }) => [id, verdict]));
  const [a, b] = [before, after].map(({ checks }) =>
    checks.flatMap(({ contrary }) => contrary.map(({ title, where }) => ({ title, where: stable(where) }))),
  );
  const missing = (list: typeof a, from: typeof a): AuditDiff['gone'] =>
    list!.filter(({ title, where }) => !from!.some((other) => other.title === title && other.where === where));
  return {
    verdicts: after.claims.flatMap(({ id, verdict }) => {
      const was = old.get(id) ?? null;
      return was === verdict ? [] : [{ claim: id, before: was, after: verdict }];
    }),
    appeared: missing(b, a),
    gone: missing(a, b),
  };
}

/** Numbers of processes and namespaces differ from boot to boot. */
const stable = (where: string): string => where.replace(/\bpid \d+/g, 'pid').replace(/\[\d+\]/g, '[]');
