/** The procedure behind `lethe seize --fresh`: a test internet, the real service in it, and the drill on a server of it. */

import { join } from 'node:path';
import { type DrillReport, type DrillSubject, drill, encodings, Hunter } from '@lethe/audit';
import type { EngineKind } from '@lethe/core';
import { openEngine } from '@lethe/engines';
import { TestInternet } from '@lethe/testkit';
import { Customer } from '../demo/customer.ts';
import { Service } from '../demo/service.ts';
import { stateEntries } from '../inventory-spec.ts';
import { createReporter, type Reporter } from '../up/report.ts';
import { DRILL_CLIENTS, drillMarkers } from './seize-markers.ts';
import { printDrill } from './seize-print.ts';
import { freshSubject } from './seize-subject.ts';

export interface SeizeOptions {
  engine: EngineKind;
  json: boolean;
}

/** Resolves to true if everything was tested and nothing was found that should be forgotten. Leaves nothing behind. */
export async function seizeFresh({ engine, json }: SeizeOptions): Promise<boolean> {
  const progress = createReporter(process.stderr);
  const report = await withDrillServer(engine, progress, (drillOnce) => drillOnce());
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else printDrill(report, stateEntries());
  return report.ok;
}

/** Runs the drill with markers of its own. `change` puts another part in place of one of the subject's. */
export type DrillOnce = (change?: (subject: DrillSubject) => Partial<DrillSubject>) => Promise<DrillReport>;

/** Makes a service with one server, hands it over, and takes everything away again. */
export async function withDrillServer<T>(
  kind: EngineKind,
  progress: Reporter,
  use: (drillOnce: DrillOnce) => Promise<T>,
): Promise<T> {
  progress.step('Server image');
  const { buildImage } = await import('@lethe/image');
  const image = await buildImage({ onProgress: progress.detail });
  progress.done();
  progress.step('Drill service and drill server');
  await using net = await TestInternet.create({ clients: DRILL_CLIENTS });
  const service = new Service(net, { engine: kind, dataDir: join(net.directory, 'service') });
  try {
    await service.start();
    const owner = new Customer(net, service, 'drill');
    await owner.signUp();
    const { id } = await owner.createServer();
    // Opened beside the supervisor's: it only looks.
    const runDir = join('/run/lethe', service.instance, 'engines');
    const engine = await openEngine(kind, { runDir, instance: service.instance, image, onlyLook: true });
    progress.done();
    return await use(async (change = () => ({})) => {
      const markers = drillMarkers(net);
      const subject = await freshSubject({ net, service, owner, engine, id, markers });
      return drill(
        { ...subject, ...change(subject) },
        {
          hunter: new Hunter(markers.all.flatMap(encodings)),
          entries: stateEntries(),
          onStage: (stage) => progress.note(`  stage ${stage}`),
        },
      );
    });
  } finally {
    await service.stop();
    service.forget();
  }
}
