/** From the answers of the hunt to what lay where. Pure; hostile answers give nothing but odd names of places. */

import type { Fact } from '../facts/facts.ts';
import { type Answers, factOf, numberOf } from '../facts/parse.ts';
import type { Marker } from '../markers/marker.ts';
import { tracePatterns } from './patterns.ts';
import { TRACE_PARTS } from './questions.ts';

export interface Trace {
  kind: 'file' | 'compressed' | 'open' | 'memory' | 'table';
  /** Path of a file as the target sees it, name of a table; empty for memory. */
  place: string;
  /** Process whose memory or open file it is. */
  pid: number | null;
  marker: string;
  encoding: string;
  count: number;
  /** Found only when the client had left. */
  late: boolean;
}

export interface Traces {
  found: Trace[];
  /** Processes whose memory was searched. */
  searched: number[];
  /** Places that were not searched, each with its reason. */
  unread: string[];
}

const MAX_TRACES = 20_000;

/** Unknown unless every part was answered; with `left` also those that were asked when the client had left. */
export function readTraces(answers: Answers, markers: readonly Marker[], left: boolean): Fact<Traces> {
  const { nameOf } = tracePatterns(markers);
  const traces: Traces = { found: [], searched: [], unread: [] };
  for (const time of left ? (['trace', 'left'] as const) : (['trace'] as const)) {
    for (const part of TRACE_PARTS) {
      const fact = factOf(answers, `${time}-${part}`, (text) => text);
      if (!fact.known) return { known: false, reason: `${part}: ${fact.reason}`, source: `${time}-${part}` };
      for (const { kind, place, lines } of records(fact.value)) {
        if (lines.some((line) => /^(?: *\d+ )?!$/.test(line))) traces.unread.push(placeName(kind, place));
        if (kind === 'U') traces.unread.push(place);
        else if (kind === 'S') traces.searched.push(numberOf(place));
        else for (const line of lines) read(traces, { kind, place, late: time === 'left' }, line, nameOf);
      }
    }
  }
  return { known: true, value: traces, source: 'files changed since, open files, memory and tables' };
}

/** `KIND<TAB>PLACE<NUL>LINES<NUL>`, one after the other. */
function records(text: string): { kind: string; place: string; lines: string[] }[] {
  const parts = text.split('\0');
  const all: { kind: string; place: string; lines: string[] }[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [kind = '', ...place] = parts[index]!.split('\t');
    all.push({ kind, place: place.join('\t'), lines: parts[index + 1]!.split('\n') });
  }
  return all;
}

/** A place where the search itself failed. */
const placeName = (kind: string, place: string): string =>
  kind === 'M' ? `memory of process ${place}` : `${KINDS[kind] ?? 'place'} ${place}`;

const KINDS: Record<string, Trace['kind']> = { F: 'file', Z: 'compressed', O: 'open', M: 'memory', T: 'table' };

function read(
  traces: Traces,
  { kind, place, late }: { kind: string; place: string; late: boolean },
  line: string,
  nameOf: ReturnType<typeof tracePatterns>['nameOf'],
): void {
  const match = /^ *(\d{1,9}) (.+)$/s.exec(line);
  const meant = KINDS[kind];
  if (!match || !meant || traces.found.length >= MAX_TRACES) return;
  // zero bytes of UTF-16 came as 1, since no shell can hold them
  const name = nameOf(Buffer.from(match[2]!.replaceAll('\u0001', '\0'), 'latin1'));
  if (name === null) return;
  const [, pid, rest = ''] = /^(\d+) ?(.*)$/s.exec(place) ?? [];
  const owned = meant === 'memory' || meant === 'open';
  traces.found.push({
    kind: meant,
    place: owned ? rest : place.replace(/^\/proc\/\d+\/root(?=\/)/, ''),
    pid: owned ? numberOf(pid) : null,
    ...name,
    count: Number(match[1]),
    late,
  });
}
