/** The report of a drill, for people. */

import type { DrillReport, StageReport } from '@lethe/audit';
import type { StateEntry } from '@lethe/core';

/** Prints what was found at each stage and where, what cannot be shown, and the verdict. */
export function printDrill(report: DrillReport, entries: readonly StateEntry[]): void {
  for (const stage of report.stages) printStage(stage);
  for (const id of report.notShown) {
    const entry = entries.find((candidate) => candidate.id === id);
    console.log(`Not shown: ${entry?.object ?? id} (${id}).`);
  }
  for (const failure of report.failures) console.log(`✗ ${failure}`);
  console.log(report.ok ? 'Forgotten.' : 'Not shown to be forgotten.');
}

function printStage({ stage, hits, aboveBaseline, bytes, where, unread }: StageReport): void {
  const size = `${Math.round(bytes / 1e6)} MB`;
  console.log(`${stage.padEnd(10)} ${size.padStart(9)}  ${hits} hits, ${aboveBaseline} above the baseline`);
  for (const { source, area, declared, marker, encoding, hits: times } of where) {
    const place = [source, area].join(' ').trim();
    console.log(`    ${place}: ${marker} as ${encoding}, ${count(times)} (${declared ?? 'not declared'})`);
  }
  for (const text of unread) console.log(`    not read: ${text}`);
}

const count = (times: number): string => (times === 1 ? 'once' : `${times} times`);
