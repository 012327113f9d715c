/** The procedure behind `lethe seize --fresh`: a test internet, the real service in it, and the drill on a server of it. */

import { join } from 'node:path';
import { type DrillReport, drill, encodings, Hunter } from '@lethe/audit';
import type { EngineKind } from '@lethe/core';
import { openEngine } from '@lethe/engines';
import { TestInternet } from '@lethe/testkit';
import { Customer } from '../demo/customer.ts';
import { Service } from '../demo/service.ts';
import { stateEntries } from '../inventory-spec.ts';
import { createReporter } from '../up/report.ts';
import { DRILL_CLIENTS, drillMarkers } from './seize-markers.ts';
import { freshSubject } from './seize-subject.ts';

export interface SeizeOptions {
  engine: EngineKind;
  json: boolean;
}

/** Resolves to true if everything was tested and nothing was found that should be forgotten. Leaves nothing behind. */
export async function seizeFresh({ engine: kind, json }: SeizeOptions): Promise<boolean> {
  const progress = createReporter(process.stderr);
  progress.step('Server image');
  const { buildImage } = await import('@lethe/image');
  const image = await buildImage({ onProgress: progress.detail });
  progress.done();
  progress.step('Drill service and drill server');
  await using net = await TestInternet.create({ clients: DRILL_CLIENTS });
  const service = new Service(net, { engine: kind, dataDir: join(net.directory, 'service') });
  let report: DrillReport;
  try {
    await service.start();
    const owner = new Customer(net, service, 'drill');
    await owner.signUp();
    const { id } = await owner.createServer();
    const markers = drillMarkers(net);
    const { instance } = service;
    // Opened beside the supervisor's: it only looks.
    const engine = await openEngine(kind, { runDir: join('/run/lethe', instance, 'engines'), instance, image });
    const subject = await freshSubject({ net, service, owner, engine, id, markers });
    progress.done();
    const hunter = new Hunter(markers.all.flatMap(encodings));
    report = await drill(subject, {
      hunter,
      entries: stateEntries(),
      onStage: (stage) => progress.note(`  stage ${stage}`),
    });
  } finally {
    await service.stop();
    service.forget();
  }
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else print(report);
  return report.ok;
}

function print(report: DrillReport): void {
  for (const { stage, hits, aboveBaseline, bytes, where, unread } of report.stages) {
    const size = `${Math.round(bytes / 1e6)} MB`;
    console.log(`${stage.padEnd(10)} ${size.padStart(9)}  ${hits} hits, ${aboveBaseline} above the baseline`);
    for (const { source, area, declared, marker, encoding, hits: times } of where) {
      const place = [source, area].join(' ').trim();
      console.log(`    ${place}: ${marker} as ${encoding}, ${count(times)} (${declared ?? 'not declared'})`);
    }
    for (const text of unread) console.log(`    not read: ${text}`);
  }
  for (const failure of report.failures) console.log(`✗ ${failure}`);
  if (report.engine === 'container') console.log("Not shown: the host kernel's own memory, which containers share.");
  console.log(report.ok ? 'Forgotten.' : 'Not shown to be forgotten.');
}

const count = (times: number): string => (times === 1 ? 'once' : `${times} times`);
