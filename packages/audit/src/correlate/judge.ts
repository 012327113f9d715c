/**
 * Which counters in step with the client's traffic are findings. What passes the traffic on must work in step with it; nothing else may,
 * and nothing at all may write it down.
 */

import { type Contrary, processName } from '../checks/check.ts';
import type { Process, RunningProgram } from '../facts/facts.ts';
import type { Role } from '../knowledge/program.ts';
import type { Significant } from './in-step.ts';
import type { CounterKind } from './sample.ts';

export interface Correlated {
  significant: readonly Significant[];
  processes: readonly Process[];
  programs: readonly RunningProgram[];
  /** Processes of the auditor on the target, e.g. the client that sends the pattern. */
  own: ReadonlySet<number>;
  symbolSeconds: number;
}

/** Roles that pass the traffic. */
const CARRIERS = new Set<Role>(['vpn', 'dns', 'proxy', 'container']);

/** Counts against everybody; the strongest evidence first. */
const WRITTEN: readonly CounterKind[] = ['file.pos', 'file.size', 'io.write_bytes'];
/** Counts against what does not pass the traffic. Memory alone counts against nobody: caches of the clean grow too. */
const WORKED: readonly CounterKind[] = [...WRITTEN, 'io.wchar', 'io.syscw', 'cpu', 'io.rchar', 'io.syscr'];

const MECHANISM: Partial<Record<CounterKind, string>> = {
  'io.write_bytes': 'what it writes to disk grows with it',
  'io.wchar': 'what it writes grows with it',
  'io.syscw': 'the number of its writes grows with it',
  cpu: 'what it computes grows with it',
  'io.rchar': 'what it reads grows with it',
  'io.syscr': 'the number of its reads grows with it',
};

/**
 * On a busy target samples come late while traffic flows, so that even what works evenly seems to follow it a little. What works with
 * traffic works by far more than a fifth more.
 */
const LEAST_CONTRAST = 0.1;

const CLAIMS = ['CL-01', 'CL-04'] as const;

/** What writes in the silences and rests while traffic flows saves up what it saw. Waiting for the processor alone never looks like this. */
const LEAST_ANTIPHASE = -0.5;

/** One finding per process, of its strongest counter. What works a little less while traffic flows is none: it had to wait. */
export function judgeInStep({ significant, processes, programs, own, symbolSeconds }: Correlated): Contrary[] {
  const rising = significant.filter(
    ({ r, contrast, series }) =>
      (r > 0 && contrast >= LEAST_CONTRAST) || (r < 0 && contrast <= LEAST_ANTIPHASE && WRITTEN.includes(series.kind)),
  );
  const byPid = Map.groupBy(rising, ({ series }) => series.pid);
  const known = new Map(processes.map((process) => [process.pid, process]));
  const running = new Map(programs.map((one) => [one.process.pid, one.program]));
  const found: Contrary[] = [];
  for (const [pid, counters] of byPid) {
    const process = pid === null ? undefined : known.get(pid);
    if (pid === null || own.has(pid) || process?.carriesAudit || process?.kernelThread) continue;
    const program = running.get(pid) ?? null;
    const kinds = program !== null && CARRIERS.has(program.role) ? WRITTEN : WORKED;
    const scratch = program?.scratch === undefined ? null : new RegExp(`^(?:${program.scratch})(?: \\(deleted\\))?$`);
    const evidence = counters
      .filter(({ series: { kind, object } }) => kinds.includes(kind) && !(object !== '' && scratch?.test(object)))
      .filter((one) => !heldOnly(one, counters, rising))
      .toSorted((a, b) => kinds.indexOf(a.series.kind) - kinds.indexOf(b.series.kind));
    const [first] = evidence;
    if (first === undefined) continue;
    const name = process?.name || first.series.name || 'A process';
    found.push({
      title: `${name} works in step with the client's traffic (${mechanism(first)})`,
      where: `${processName({ name, pid })}: ${told(evidence, symbolSeconds)}`,
      claims: CLAIMS,
      mend: 'Find out what it records, end it and remove what starts it.',
    });
  }
  const disks = byPid.get(null) ?? [];
  if (found.length > 0 || disks.length === 0) return found;
  const names = [...new Set(disks.map(({ series }) => series.object.slice(0, 40)))].join(', ');
  return [
    {
      title: `A disk is written in step with the client's traffic, and no process is seen to do it (${names})`,
      where: told(disks, symbolSeconds),
      claims: CLAIMS,
      mend: 'Find out what writes to the disk: the kernel log, a kernel program, or a process that hides.',
    },
  ];
}

/** A file that several hold open grows for all of them. Whoever does nothing else in step does not write it if another one does. */
function heldOnly(one: Significant, counters: readonly Significant[], all: readonly Significant[]): boolean {
  const works = ({ series }: Significant): boolean => series.kind.startsWith('io.') || series.kind === 'cpu';
  if (!one.series.kind.startsWith('file.') || counters.some(works)) return false;
  const holders = new Set(all.filter(({ series }) => series.object === one.series.object).map((it) => it.series.pid));
  return all.some((it) => works(it) && it.series.pid !== one.series.pid && holders.has(it.series.pid));
}

const mechanism = ({ series: { kind, object } }: Significant): string =>
  MECHANISM[kind] ?? `writes to ${object.slice(0, 120) || 'a file'} grow with it`;

function told(evidence: readonly Significant[], symbolSeconds: number): string {
  const { r, lag, p } = evidence[0]!;
  const kinds = [...new Set(evidence.map(({ series }) => series.kind))].join(', ');
  return `${kinds}; r ${r.toFixed(2)} after ${(lag * symbolSeconds).toFixed(1)} s, p ${p.toPrecision(1)}`;
}
