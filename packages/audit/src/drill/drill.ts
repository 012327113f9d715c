/**
 * The seizure drill: a customer sends what is unmistakable, and stage by stage everything that an attacker with the machine in hands
 * could read is searched for it. Judges against the baseline taken before any traffic. Knows no engine: the subject does.
 */

import type { EngineKind, MemoryArea } from '@lethe/core';
import type { StateEntry } from '@lethe/core/inventory';
import type { Hunter } from '../hunt/hunter.ts';
import type { Pattern } from '../markers/marker.ts';
import { merge, type Searched, searchFile, searchProcess } from '../sources/index.ts';
import { controlFound } from './control.ts';
import { declaredBy, notShown } from './declared.ts';

export const STAGES = ['baseline', 'connected', 'left', 'forgotten', 'host'] as const;
export type Stage = (typeof STAGES)[number];

/** What is drilled: one server on one host. All of it is real. */
export interface DrillSubject {
  engine: EngineKind;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Every place where the running machine's memory is. Empty counts as not tested. */
  memory(): Promise<MemoryArea[]>;
  /** Connects the device and sends every marker. Throws if anything of it did not arrive. */
  connect(): Promise<void>;
  leave(): Promise<void>;
  /** Resolves when the server has said that it has forgotten. */
  forget(): Promise<void>;
  /** Ends the machine for good. */
  end(): Promise<void>;
  /** The host beside the machine: its processes, files and tables. */
  searchHost(hunter: Hunter): Promise<Searched>;
}

/**
 * One place with hits: what it is, which marker in which form, how often, and the first offset; and the entry of the state inventory
 * that declares traces of what devices do there, or null.
 */
export interface Where {
  source: string;
  area: string;
  declared: string | null;
  marker: string;
  encoding: string;
  hits: number;
  firstOffset: number;
}

export interface StageReport {
  stage: Stage;
  hits: number;
  aboveBaseline: number;
  /** Those of them, by form, that lie in a place where the inventory declares none. */
  undeclared: string[];
  bytes: number;
  where: Where[];
  /** What could not be read. Anything here makes the stage unproven. */
  unread: string[];
}

export interface DrillReport {
  engine: EngineKind;
  stages: StageReport[];
  ok: boolean;
  /** Why it is not ok, in words; empty if it is. */
  failures: string[];
  /** Entries of the inventory that are stated limits of this engine's host: nothing of it is shown by a drill. */
  notShown: string[];
}

export interface DrillOptions {
  hunter: Hunter;
  /** The state inventory. */
  entries: readonly StateEntry[];
  /** Called before each stage. */
  onStage?: (stage: Stage) => void;
  /** Looked at before each stage: its reason is thrown. */
  signal?: AbortSignal;
}

/** Runs all stages. Throws what the subject throws; a subject that could not be drilled has no verdict. */
export async function drill(
  subject: DrillSubject,
  { hunter, entries, onStage, signal }: DrillOptions,
): Promise<DrillReport> {
  const stages: StageReport[] = [];
  const base: Baseline = { forms: new Map(), places: new Map() };
  const { engine } = subject;
  const take = async (stage: Stage, search: () => Promise<Searched>): Promise<void> => {
    signal?.throwIfAborted();
    onStage?.(stage);
    const searched = await search();
    stages.push(report(stage, searched, { patterns: hunter.patterns, base, entries, engine }));
  };
  const machine = async (): Promise<Searched> => onSide('machine', await searchMachine(subject, hunter));
  const host = async (): Promise<Searched> => onSide('host', await subject.searchHost(hunter));
  const control = await controlFound(hunter);
  const both = async (): Promise<Searched> => merge([await machine(), await host()]);
  await take('baseline', both);
  // A later, new machine has other pages: what counts is how often a pattern is hit by chance, in the machine and on the host apart, so
  // that a hit in one is not excused by the other.
  for (const where of stages[0]!.where) {
    addTo(base.forms, formOf(where), where.hits);
    addTo(base.places, placeOf(where), where.hits);
  }
  Object.assign(stages[0]!, { aboveBaseline: 0, undeclared: [] });
  await subject.connect();
  await take('connected', both);
  await subject.leave();
  await take('left', both);
  await subject.forget();
  await take('forgotten', both);
  await subject.end();
  await take('host', host);
  const failures = judge(stages, control);
  return { engine, stages, ok: failures.length === 0, failures, notShown: notShown(entries, engine) };
}

async function searchMachine(subject: DrillSubject, hunter: Hunter): Promise<Searched> {
  try {
    // Also one that fails may have stopped the machine, or may yet.
    await subject.freeze();
    const areas = await subject.memory();
    if (areas.length === 0) return { found: [], unread: ['machine: no memory was found'] };
    const files = areas.flatMap((area) => (area.kind === 'file' ? [area.path] : []));
    return merge(
      areas.map((area) =>
        area.kind === 'file'
          ? searchFile(hunter, area.path, `${area.what} ${area.path}`, area.what)
          : searchProcess(hunter, area.pid, area.what, files),
      ),
    );
  } finally {
    await subject.thaw();
  }
}

/** Hits before any traffic: by form for each side, and by place and form. */
interface Baseline {
  forms: Map<string, number>;
  places: Map<string, number>;
}

interface Context {
  patterns: readonly Pattern[];
  base: Readonly<Baseline>;
  entries: readonly StateEntry[];
  engine: EngineKind;
}

function report(stage: Stage, searched: Searched, { patterns, base, entries, engine }: Context): StageReport {
  const places = new Map<string, Where>();
  for (const { source, holder, area, hits } of searched.found) {
    const declared = declaredBy(entries, holder, engine);
    for (const hit of hits) {
      const { marker, encoding } = patterns[hit.pattern]!;
      const key = placeOf({ source, area, marker, encoding });
      const place = places.get(key) ?? { source, area, declared, marker, encoding, hits: 0, firstOffset: hit.offset };
      place.hits += 1;
      places.set(key, place);
    }
  }
  const where = [...places.values()];
  const perForm = new Map<string, number>();
  for (const place of where) addTo(perForm, formOf(place), place.hits);
  const news = [...perForm].filter(([form, hits]) => hits > (base.forms.get(form) ?? 0));
  // What lay in a place before, such as an address in a file that comes with a program, is no trace of the device.
  const isNew = (place: Where): boolean => place.hits > (base.places.get(placeOf(place)) ?? 0);
  return {
    stage,
    hits: where.reduce((sum, { hits }) => sum + hits, 0),
    aboveBaseline: news.reduce((sum, [form, hits]) => sum + hits - (base.forms.get(form) ?? 0), 0),
    undeclared: where
      .filter((place) => place.declared === null && isNew(place))
      .map(({ source, area, marker, encoding }) => `${marker} as ${encoding} in ${[source, area].join(' ').trim()}`),
    bytes: searched.found.reduce((sum, { bytes }) => sum + bytes, 0),
    where,
    unread: searched.unread,
  };
}

/** Marks where something was found: the machine and the host have baselines of their own. */
const onSide = (side: 'machine' | 'host', { found, unread }: Searched): Searched => ({
  found: found.map((one) => ({ ...one, source: `${side}: ${one.source}` })),
  unread: unread.map((one) => `${side}: ${one}`),
});

const formOf = ({ source, marker, encoding }: Where): string =>
  `${source.slice(0, source.indexOf(':'))}/${marker}/${encoding}`;

const placeOf = ({ source, area, marker, encoding }: Pick<Where, 'source' | 'area' | 'marker' | 'encoding'>): string =>
  [source, area, marker, encoding].join('\n');

const addTo = (map: Map<string, number>, key: string, count: number): void => {
  map.set(key, (map.get(key) ?? 0) + count);
};

/** Why a drill is not passed. `connected` must have hits: a drill that finds nothing there was blind. */
export function judge(stages: readonly StageReport[], control: boolean): string[] {
  const failures: string[] = [];
  if (!control) failures.push('not tested: a planted marker was not found');
  const of = (stage: Stage): StageReport | undefined => stages.find((report) => report.stage === stage);
  for (const stage of STAGES) if (!of(stage)) failures.push(`not tested: there is no stage ${stage}`);
  if ((of('connected')?.aboveBaseline ?? 0) === 0)
    failures.push('not tested: nothing was found in the machine while the device was connected');
  for (const stage of ['forgotten', 'host'] as const) {
    const above = of(stage)?.aboveBaseline ?? 0;
    if (above > 0) failures.push(`${stage}: ${above} hits above the baseline`);
  }
  for (const { stage, unread, undeclared, bytes } of stages) {
    if (undeclared.length > 0)
      failures.push(
        `${stage}: ${undeclared.length} traces where the inventory declares none, such as ${undeclared[0]}`,
      );
    if (bytes === 0) failures.push(`not tested: nothing was read at the stage ${stage}`);
    if (unread.length > 0) failures.push(`not tested: at the stage ${stage} ${unread.length} places could not be read`);
  }
  return failures;
}
