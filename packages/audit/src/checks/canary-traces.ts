import type { ClaimId } from '@lethe/core';
import type { CanaryRecord } from '../canary/plan.ts';
import { markersOf } from '../canary/plan.ts';
import type { Process, RunningProgram } from '../facts/facts.ts';
import type { Marker } from '../markers/marker.ts';
import type { Trace } from '../trace/read-traces.ts';
import { type Contrary, check, nothing, processName } from './check.ts';

type Kind = Marker['kind'];

/** What was found of the client, in words, and against which claims. */
const MEANING: Record<Kind, [words: string, claims: readonly ClaimId[]]> = {
  dns: ['a lookup', ['CL-01', 'CL-02', 'CL-04', 'CL-06', 'CL-07']],
  host: ['a request', ['CL-01', 'CL-05', 'CL-06', 'CL-07']],
  sni: ['the name in a TLS hello', ['CL-01', 'CL-05', 'CL-06', 'CL-07']],
  udp: ['the payload of a datagram', ['CL-01', 'CL-05']],
  destination: ['the address it went to', ['CL-01', 'CL-04', 'CL-06']],
  identity: ['an address or key', ['CL-01', 'CL-04']],
};
/** Programs that pass traffic and lookups hold parts of them in memory while they run: the inventory declares it. */
const PASSES = new Set(['vpn', 'dns', 'proxy', 'container']);
const CONTENT = new Set<Kind>(['dns', 'host', 'sni', 'udp']);
/** Tables that hold the state of connections while they last: declared, and bounded by their own timeouts. */
const DECLARED_TABLE = /^(connections|metrics|peers) /;
/** Rule sets name the tunnel's addresses without recording anything. */
const RULES_TABLE = /^(nftables|ipset) /;

/** The client's own markers, found where nothing of a client may lie: whatever put them there records. */
export const canaryTraces = check({
  id: 'canary-traces',
  from: 'standard',
  claims: ['CL-01', 'CL-02', 'CL-04', 'CL-05', 'CL-06', 'CL-07'],
  pass: 'Nothing of a client’s marked traffic was found in files, in memory outside of the programs that pass it, or in tables.',
  why: 'What was found of the auditor’s traffic would be found of anybody’s.',
  needs: ['canary', 'traces', 'programs'],
  judge({ canary, traces, programs }) {
    const outcome = nothing();
    outcome.open.push(...blindness(canary, traces.found), ...notSearched(traces.unread));
    const markers = new Map(markersOf(canary.plan, canary.client).map((marker) => [marker.id, marker.kind]));
    const places = Map.groupBy(
      traces.found.filter(({ marker }) => marker !== 'control'),
      (trace) => `${trace.kind} ${trace.pid} ${trace.place}`,
    );
    for (const found of places.values()) {
      const kinds = [...new Set(found.map(({ marker }) => markers.get(marker)!))];
      const finding = judgePlace(found[0]!, kinds, programs, canary.own);
      if (finding === null) continue;
      outcome.contrary.push({
        title: `${finding.holder} ${of(kinds)} of the client (${[...new Set(found.map(({ encoding }) => encoding))].slice(0, 3).join(', ')})`,
        where: finding.where,
        claims: [...new Set(kinds.flatMap((kind) => MEANING[kind][1]))].toSorted(),
        mend: 'End what writes it, remove what is stored, and audit again.',
      });
    }
    return outcome;
  },
});

const of = (kinds: readonly Kind[]): string => kinds.map((kind) => MEANING[kind][0]).join(', ');

function judgePlace(
  { kind, place, pid }: Trace,
  kinds: Kind[],
  programs: readonly RunningProgram[],
  own: readonly number[],
): { holder: string; where: Contrary['where'] } | null {
  if (kind === 'table') {
    if (DECLARED_TABLE.test(place)) return null;
    if (RULES_TABLE.test(place) && kinds.every((one) => one === 'identity')) return null;
    return { holder: `The ${place.replace(/ \d+$/, '')} holds`, where: place };
  }
  if (kind === 'file' || kind === 'compressed') {
    const writer = programs.find(({ process }) =>
      process.descriptors.some((one) => one.writes && one.target === place),
    );
    const holder = writer ? `${writer.process.name} writes to ${place}` : `The file ${place} holds`;
    return { holder, where: writer ? processName(writer.process) : place };
  }
  if (pid !== null && own.includes(pid)) return null;
  const holder = programs.find(({ process }) => process.pid === pid);
  // A process that is gone since: its memory with it.
  if (!holder) return null;
  const memory = kind === 'memory' || /^\/(memfd:|dev\/shm\/|dev\/zero)/.test(place);
  if (memory && !mayNotHold(holder, kinds)) return null;
  return {
    holder: memory
      ? `${holder.process.name} holds in its memory`
      : `${holder.process.name} writes to ${place} (deleted, still open)`,
    where: `${processName(holder.process)}${place ? `, ${place}` : ''}`,
  };
}

/** In memory only content counts: addresses come by in many honest ways. A program nobody knows that listens is Not tested elsewhere. */
const mayNotHold = ({ process, program }: RunningProgram, kinds: readonly Kind[]): boolean =>
  kinds.some((kind) => CONTENT.has(kind)) &&
  !process.carriesAudit &&
  !PASSES.has(program?.role ?? '') &&
  !(program === null && passesTraffic(process));

const passesTraffic = ({ descriptors }: Process): boolean =>
  descriptors.some(({ kind }) => kind === 'tunnel') || descriptors.some(({ kind }) => kind === 'socket');

/** Why a hunt that found nothing may have been blind. */
function blindness({ sent, seen }: CanaryRecord, found: readonly Trace[]): string[] {
  const planted = (kind: Trace['kind']): boolean =>
    found.some((trace) => trace.marker === 'control' && trace.kind === kind);
  return [
    ...(sent.page || sent.datagram || seen.hosts.length > 0
      ? []
      : ['The client’s traffic did not arrive: what would be recorded of it is not known.']),
    ...(sent.lookup || seen.queries.length > 0
      ? []
      : ['The client’s lookups were not answered: what would be recorded of them is not known.']),
    ...(['file', 'open', 'memory'] as const).flatMap((kind) =>
      planted(kind) ? [] : [`The word planted ${PLANTED[kind]} was not found: the hunt is blind there.`],
    ),
  ];
}

const PLANTED = { file: 'in a file', open: 'in a file without a name', memory: 'in memory' };

const notSearched = (unread: readonly string[]): string[] =>
  [...new Set(unread)].slice(0, 20).map((place) => `Not searched: ${place}.`);
