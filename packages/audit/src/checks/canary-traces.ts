import type { ClaimId } from '@lethe/core';
import type { CanaryRecord } from '../canary/plan.ts';
import { markersOf } from '../canary/plan.ts';
import type { Listener, RunningProgram } from '../facts/facts.ts';
import type { Marker } from '../markers/marker.ts';
import type { Trace } from '../trace/read-traces.ts';
import { type Contrary, check, nothing, processName } from './check.ts';
import { handled } from './unknown-program.ts';

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
/** Of these, what has no reason to be there when a handshake's time is over. */
const SHORT_TABLE = /^(metrics|peers) /;
/** What a person calls them. */
const TABLE_WORDS: Record<string, string> = {
  peers: 'WireGuard’s list of peers',
  metrics: 'The TCP metrics',
  connections: 'The connection table',
  nftables: 'The rule set of nftables',
};
/** Rule sets name the tunnel's addresses without recording anything. */
const RULES_TABLE = /^(nftables|ipset) /;

/** The client's own markers, found where nothing of a client may lie: whatever put them there records. */
export const canaryTraces = check({
  id: 'canary-traces',
  from: 'standard',
  claims: ['CL-01', 'CL-02', 'CL-04', 'CL-05', 'CL-06', 'CL-07'],
  pass: 'Nothing of a client’s marked traffic was found in files, in memory outside of the programs that pass it, or in tables.',
  why: 'What was found of the auditor’s traffic would be found of anybody’s.',
  needs: ['canary', 'traces', 'programs', 'namespaces'],
  judge({ canary, traces, programs, namespaces }) {
    const outcome = nothing();
    outcome.open.push(...arrivals(canary), ...blindness(traces.found), ...notSearched(traces.unread));
    const listeners = namespaces.flatMap(({ listeners: fact }) => (fact.known ? fact.value : []));
    const markers = new Map(markersOf(canary.plan, canary.client).map((marker) => [marker.id, marker.kind]));
    const places = Map.groupBy(
      traces.found.filter(({ marker, encoding }) => marker !== 'control' && !ofTheAudit(marker, encoding, canary)),
      (trace) => `${trace.kind} ${trace.pid} ${trace.place}`,
    );
    for (const found of places.values()) {
      const kinds = [...new Set(found.map(({ marker }) => markers.get(marker)!))];
      const late = found.some((trace) => trace.late);
      const finding = judgePlace({ ...found[0]!, late }, kinds, programs, listeners);
      if (finding === null) continue;
      if (finding.open !== undefined) {
        outcome.open.push(finding.open);
        continue;
      }
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

type Finding = { holder: string; where: Contrary['where']; open?: undefined } | { open: string };

/** Null: something of the client may lie there. */
function judgePlace(
  { kind, place, pid, late }: Trace,
  kinds: Kind[],
  programs: readonly RunningProgram[],
  listeners: readonly Listener[],
): Finding | null {
  if (kind === 'table') {
    if (DECLARED_TABLE.test(place) && !(late && SHORT_TABLE.test(place))) return null;
    if (RULES_TABLE.test(place) && kinds.every((one) => one === 'identity')) return null;
    return {
      holder: `${TABLE_WORDS[place.replace(/ .*$/, '')] ?? `The ${place.replace(/ \d+$/, '')}`} ${late ? 'still holds' : 'holds'}`,
      where: place,
    };
  }
  if (kind === 'file' || kind === 'compressed') {
    const writer = programs.find(({ process }) =>
      process.descriptors.some((one) => one.writes && one.target === place),
    );
    const holder = writer ? `${writer.process.name} writes to ${place}` : `The file ${place} holds`;
    return { holder, where: writer ? processName(writer.process) : place };
  }
  const memory = kind === 'memory' || /^\/(memfd:|dev\/shm\/|dev\/zero)/.test(place);
  const content = kinds.some((one) => CONTENT.has(one));
  const holder = programs.find(({ process }) => process.pid === pid);
  if (!holder) {
    return content
      ? { open: `A process that ended since (pid ${pid}) had ${of(kinds)} of the client: it is not known what it was.` }
      : null;
  }
  const { process, program } = holder;
  if (memory) {
    // In memory only content counts: addresses come by in many honest ways.
    if (!content || process.carriesAudit || PASSES.has(program?.role ?? '')) return null;
    const handles = program === null ? handled(process, listeners) : null;
    if (handles !== null)
      return {
        open: `${processName(process)} ${handles} and has ${of(kinds)} of the client in memory; it is not known what it records.`,
      };
  }
  return {
    holder: memory ? `${process.name} holds in its memory` : `${process.name} writes to ${place} (deleted, still open)`,
    where: `${processName(process)}${place ? `, ${place}` : ''}`,
  };
}

/**
 * Over ssh the sink is the machine that the audit comes from, so its bare address stands in the target's records of sign-ins: only with the
 * port of the marked traffic it is a trace of that.
 */
const ofTheAudit = (marker: string, encoding: string, { ssh }: CanaryRecord): boolean =>
  ssh && marker.startsWith('destination') && encoding !== 'sockaddr' && encoding !== 'address-port';

/** What of the traffic did not arrive, by the run's own words: strangers reach the sink too. */
function arrivals({ plan, sent, seen }: CanaryRecord): string[] {
  const { words } = plan;
  const arrived: [part: string, here: boolean][] = [
    ['lookup', sent.lookup || seen.queries.some(({ name }) => name.includes(words.lookup))],
    ['page', seen.hosts.some(({ path }) => path.includes(words.path))],
    ['TLS hello', seen.names.some(({ name }) => name.includes(words.sni))],
    ['datagram', seen.datagrams.some(({ text }) => text.includes(words.datagram))],
  ];
  return arrived.flatMap(([part, here]) =>
    here ? [] : [`The client’s ${part} did not arrive: what would be recorded of it is not known.`],
  );
}

/** Why a hunt that found nothing may have been blind. */
function blindness(found: readonly Trace[]): string[] {
  const planted = (kind: Trace['kind']): boolean =>
    found.some((trace) => trace.marker === 'control' && trace.kind === kind);
  return (['file', 'open', 'memory'] as const).flatMap((kind) =>
    planted(kind) ? [] : [`The word planted ${PLANTED[kind]} was not found: the hunt is blind there.`],
  );
}

const PLANTED = { file: 'in a file', open: 'in a file without a name', memory: 'in memory' };

const notSearched = (unread: readonly string[]): string[] =>
  [...new Set(unread)].slice(0, 20).map((place) => `Not searched: ${place}.`);
