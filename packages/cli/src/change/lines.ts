/** The difference of two texts, line by line. */

/** A line: in both texts, in the first alone (`-`), or in the second alone (`+`). `@` says where the lines after it stand. */
export interface LineOfDiff {
  sign: ' ' | '-' | '+' | '@';
  text: string;
}

/** Most pairs of lines that are compared for the shortest difference, some hundred milliseconds. */
const MAX_PAIRS = 4_000_000;

/** Lines around a change that are shown with it. */
const CONTEXT = 3;

/** Stands after the last line of a text that does not end it. No line can be the same: it has a new line in it. */
const NO_NEWLINE = '\n(no new line at the end)';

/** The lines of a text, and one more if its last line has no end: texts that differ have lines that differ. Carriage returns stay. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else lines.push(NO_NEWLINE);
  return lines;
}

/**
 * All lines of both lists in order, none left out. The shortest difference, unless the lists are so long and so different that looking
 * for it would take seconds: then the old part stands before the new.
 */
export function diffLines(before: readonly string[], after: readonly string[]): LineOfDiff[] {
  const start = commonStart(before, after);
  const end = commonEnd(before, after, start);
  const [old, fresh] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const middle = old.length * fresh.length > MAX_PAIRS ? replaced(old, fresh) : shortest(old, fresh);
  return [...before.slice(0, start).map(kept), ...middle, ...before.slice(before.length - end).map(kept)];
}

const kept = (text: string): LineOfDiff => ({ sign: ' ', text });
const removed = (text: string): LineOfDiff => ({ sign: '-', text });
const added = (text: string): LineOfDiff => ({ sign: '+', text });
const replaced = (old: string[], fresh: string[]): LineOfDiff[] => [...old.map(removed), ...fresh.map(added)];

function commonStart(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}

function commonEnd(a: readonly string[], b: readonly string[], start: number): number {
  let count = 0;
  while (count < Math.min(a.length, b.length) - start && a.at(-1 - count) === b.at(-1 - count)) count += 1;
  return count;
}

/** By the longest common subsequence: `length[i][j]` is its length for what follows line i of the old and line j of the new. */
function shortest(old: string[], fresh: string[]): LineOfDiff[] {
  const width = fresh.length + 1;
  const length = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      const [down, right] = [length[(i + 1) * width + j]!, length[i * width + j + 1]!];
      length[i * width + j] = old[i] === fresh[j] ? length[(i + 1) * width + j + 1]! + 1 : Math.max(down, right);
    }
  const lines: LineOfDiff[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < fresh.length) {
    if (old[i] === fresh[j]) {
      lines.push(kept(old[i]!));
      i += 1;
      j += 1;
    } else if (length[(i + 1) * width + j]! >= length[i * width + j + 1]!) {
      lines.push(removed(old[i]!));
      i += 1;
    } else {
      lines.push(added(fresh[j]!));
      j += 1;
    }
  }
  return [...lines, ...replaced(old.slice(i), fresh.slice(j))];
}

/** The changed lines with three lines around them; a line `@` with a number of the new text stands where lines are left out. */
export function withContext(lines: readonly LineOfDiff[]): LineOfDiff[] {
  const near = lines.map(() => false);
  for (const [at, { sign }] of lines.entries())
    if (sign !== ' ') near.fill(true, Math.max(0, at - CONTEXT), at + CONTEXT + 1);
  const shown: LineOfDiff[] = [];
  let number = 1;
  for (const [at, line] of lines.entries()) {
    if (near[at] && near[at - 1] === false) shown.push({ sign: '@', text: `line ${number}` });
    if (near[at]) shown.push(line);
    if (line.sign !== '-') number += 1;
  }
  return shown;
}
