/** Small readers for what the questions bring. None throws: a line that cannot be read is left out. */

import type { Answer } from '../target/session.ts';
import type { Fact } from './facts.ts';

export type Answers = ReadonlyMap<string, Answer>;

/** A fact from one answer, or why there is none. Exit 127 is a missing tool. `read` may return null for an answer it cannot use. */
export function factOf<T>(answers: Answers, id: string, read: (text: string) => T | null, accept = [0]): Fact<T> {
  const answer = answers.get(id);
  if (!answer) return { known: false, reason: 'was not asked', source: id };
  const source = answer.shell;
  if (answer.status !== 'answered') return { known: false, reason: WHY[answer.status], source };
  if (answer.code === 127) return { known: false, reason: 'a tool for it is missing on the target', source };
  if (!accept.includes(answer.code ?? -1))
    return { known: false, reason: 'could not be read on the target (permission?)', source };
  const value = read(answer.text);
  return value === null
    ? { known: false, reason: 'the answer makes no sense', source }
    : { known: true, value, source };
}

const WHY = {
  'cut-off': 'the answer was too long',
  timeout: 'there was no answer in time',
  lost: 'the connection to the target was lost',
} as const;

/** Lines `PATH:TEXT` of grep -H below /proc/PID/, as [pid, text]. */
export function perProcess(text: string, file: string, separator = '\n'): [pid: number, text: string][] {
  const prefix = new RegExp(`^/proc/(\\d+)/${file}:`);
  return text.split(separator).flatMap((line) => {
    const match = prefix.exec(line);
    return match ? [[Number(match[1]), line.slice(match[0].length)] as [number, string]] : [];
  });
}

/** Records `PATH<TAB>TARGET<NUL>`, as [path, target]. */
export const linkRecords = (text: string): [path: string, target: string][] =>
  text.split('\0').flatMap((record) => {
    const tab = record.indexOf('\t');
    return tab < 0 ? [] : [[record.slice(0, tab).trim(), record.slice(tab + 1)] as [string, string]];
  });

export const numberOf = (text: string | undefined): number => Number.parseInt(text ?? '', 10) || 0;

/** `NAME N` lines as an object. */
export function counts(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const match = /^(\w+) (\d+)$/.exec(line.trim());
      return match ? [[match[1]!, Number(match[2])]] : [];
    }),
  );
}

export const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
