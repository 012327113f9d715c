/**
 * A check is a record and one pure function on the facts it declares. It says what it found against the claims (`contrary`), and what it
 * could not tell (`open`): both by name. Nothing found and nothing open is a pass.
 */

import type { ClaimId } from '@lethe/core';
import type { FactName, Facts } from '../facts/facts.ts';
import type { Profile } from '../verdict/scope.ts';

export interface Contrary {
  /** What is recorded, by what: one sentence that names the mechanism. */
  title: string;
  /** Where it was seen: a process, a file with line, a rule. No user's data. */
  where: string;
  claims: readonly ClaimId[];
  mend: string;
}

export interface Outcome {
  contrary: Contrary[];
  /** What could not be told, each a sentence. */
  open: string[];
}

/** The values of the facts a check declared: it gets no others. */
export type Known<N extends FactName> = {
  [K in N]: Facts[K] extends infer F ? (F extends { known: true; value: infer V } ? V : never) : never;
};

export interface Check<N extends FactName = FactName> {
  /** The file's name: names what is wrong. */
  id: string;
  /** Claims that this check is needed for. */
  claims: readonly ClaimId[];
  /** Shown if nothing was found. */
  pass: string;
  /** Why it matters to users. */
  why: string;
  needs: readonly N[];
  /** The least profile that has what it needs; `quick` if not said. */
  from?: Profile;
  judge(facts: Known<N>): Outcome;
}

/** Types the function by the declared facts. */
export const check = <const N extends FactName>(record: Check<N>): Check => record as unknown as Check;

export const nothing = (): Outcome => ({ contrary: [], open: [] });

/** A process as evidence: name, number, command line without its values. */
export const processName = ({ name, pid }: { name: string; pid: number }): string =>
  `${name || 'a process'} (pid ${pid})`;
