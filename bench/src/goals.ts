/** Goals, from one file; a result is held against the goal of its name. */

import goals from '../goals.json' with { type: 'json' };
import type { Measurement } from './bench.ts';

export interface Judged extends Measurement {
  /** For example ">=0.97"; null if there is none. */
  goal: string | null;
  /** Null if there is no goal. */
  ok: boolean | null;
}

/** Whether a value meets a goal such as ">=0.97" or "<=3". Throws for any other spelling: a goal nobody can read is no goal. */
export function meets(value: number, goal: string): boolean {
  const match = /^(>=|<=)(\d+(?:\.\d+)?)$/.exec(goal);
  if (!match) throw new Error(`Unreadable goal: ${goal}`);
  return match[1] === '>=' ? value >= Number(match[2]) : value <= Number(match[2]);
}

/** Adds goal and verdict to each result of a bench. */
export function judge(name: string, results: readonly Measurement[]): Judged[] {
  const own: Record<string, string> = (goals as Record<string, Record<string, string>>)[name] ?? {};
  return results.map((result) => {
    const goal = own[result.metric] ?? null;
    return { ...result, goal, ok: goal === null ? null : meets(result.value, goal) };
  });
}

/** Goals of a bench that no result answers. */
export function unanswered(name: string, results: readonly Measurement[]): string[] {
  const own = (goals as Record<string, Record<string, string>>)[name] ?? {};
  return Object.keys(own).filter((metric) => !results.some((result) => result.metric === metric));
}
