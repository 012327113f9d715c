import type { Listener, Process } from '../facts/facts.ts';
import { check, nothing } from './check.ts';

/** A program that handles what users send and that the auditor does not know is said to be so, by name: it is never ignored. */
export const unknownProgram = check({
  id: 'unknown-program',
  claims: ['CL-01', 'CL-02', 'CL-04', 'CL-05'],
  pass: 'Every program that handles traffic or lookups is a known one.',
  why: 'What a program nobody knows records is not known either.',
  needs: ['programs', 'namespaces'],
  judge({ programs, namespaces }) {
    const outcome = nothing();
    for (const { listeners: fact, id } of namespaces) {
      if (!fact.known) outcome.open.push(`Who listens in ${id}: ${fact.reason}.`);
    }
    const listeners = namespaces.flatMap(({ listeners: fact }) => (fact.known ? fact.value : []));
    const seen = new Set<string>();
    for (const { process, program } of programs) {
      if (program !== null) continue;
      const handles = handled(process, listeners);
      const key = `${process.name} ${handles}`;
      if (handles === null || seen.has(key)) continue;
      seen.add(key);
      outcome.open.push(
        `${process.name || process.exe} (pid ${process.pid}) ${handles}, and it is not known what it records.`,
      );
    }
    return outcome;
  },
});

/** How a program handles what users send, as far as can be seen from outside; null if it does not. */
export function handled(process: Process, listeners: readonly Listener[]): string | null {
  if (process.descriptors.some(({ kind }) => kind === 'tunnel')) return 'carries a tunnel';
  const own = listeners.filter(({ pid, loopback }) => pid === process.pid && !loopback);
  if (own.length === 0) return null;
  if (own.some(({ transport }) => transport === 'raw')) return 'has a raw socket';
  return `listens on ${[...new Set(own.map(({ transport, port }) => `${transport} port ${port}`))].toSorted().slice(0, 3).join(', ')}`;
}
