/** The procedures behind `lethe seize`: a drill on a server made for it in a test internet, and on a server of an owner who asks for it. */

import { join } from 'node:path';
import { type DrillReport, type DrillSubject, drill, encodings, Hunter } from '@lethe/audit';
import { type Engine, type EngineKind, LetheError } from '@lethe/core';
import { openEngine } from '@lethe/engines';
import { TestInternet } from '@lethe/testkit';
import { Customer } from '../demo/customer.ts';
import { Service } from '../demo/service.ts';
import { stateEntries } from '../inventory-spec.ts';
import { openIo } from '../io.ts';
import { confirmed } from '../prompt.ts';
import { DRILL_CLIENTS, freshPlaces, freshSubject } from '../seize/fresh.ts';
import { engineOf, findService } from '../seize/here.ts';
import { drillMarkers } from '../seize/markers.ts';
import { ownSubject, removeEarlier } from '../seize/own.ts';
import { printDrill } from '../seize/print.ts';
import { DrillWay } from '../seize/way.ts';
import { createReporter, type Reporter } from '../up/report.ts';

export interface SeizeOptions {
  engine: EngineKind;
  json: boolean;
}

/** Resolves to true if everything was tested and nothing was found that should be forgotten. Leaves nothing behind. */
export async function seizeFresh({ engine, json }: SeizeOptions): Promise<boolean> {
  const progress = createReporter(process.stderr);
  return told(await withDrillServer(engine, progress, (drillOnce) => drillOnce()), json);
}

export interface SeizeServerOptions {
  /** Name of the server, or the beginning of its id. */
  ref: string;
  /** Data directory of the service that runs it, on this machine. */
  dataDir: string;
  /** Marked names are looked up under it, in the real DNS. */
  zone: string;
  deleteIt: boolean;
  yes: boolean;
  json: boolean;
  profile?: string;
  service?: string;
}

/**
 * The same for a server of one's own, which stays, unless it is to be deleted. Its devices are cut off for moments. A server that an
 * earlier drill was killed on, and left standing still, goes on. Throws `bad_request` or `not_found` with nothing touched.
 */
export async function seizeServer(options: SeizeServerOptions): Promise<boolean> {
  const { ref, zone, deleteIt, json } = options;
  const io = openIo(options);
  const progress = createReporter(process.stderr);
  const marks = findService(options.dataDir);
  const server = await io.customer.server(ref);
  const [endpoint] = server.view?.endpoints ?? [];
  if (endpoint === undefined || server.view?.state !== 'ready')
    throw new LetheError('not_found', 'The server is not ready, so nothing can be shown of it. Nothing was searched.');
  const engine = await engineOf(marks, server.id);
  await confirmed(
    io,
    options.yes,
    `Two devices are added to ${server.name ?? server.id} for the drill, its machine is stopped for moments, and it forgets everything. ${deleteIt ? 'It is deleted at the end. ' : ''}Go on?`,
  );
  const stop = new AbortController();
  const end = (): void => stop.abort(new LetheError('timeout', 'The drill was called off. Its devices are removed.'));
  // Each time: a second one must not end this process while the machine stands still.
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    await engine.thaw(server.id);
    progress.step('Devices of the drill');
    await removeEarlier(io.customer, server.id);
    await using way = await DrillWay.open(zone);
    const markers = drillMarkers(way.places);
    const port = Number(/:(\d+)$/.exec(endpoint)?.[1]);
    await using subject = await ownSubject({
      customer: io.customer,
      server: { id: server.id, port },
      engine,
      marks,
      way,
      markers,
      deleteIt,
    });
    progress.done();
    return told(await drilled(subject, markers, progress, stop.signal), json);
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function told(report: DrillReport, json: boolean): boolean {
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else printDrill(report, stateEntries());
  return report.ok;
}

const drilled = (
  subject: DrillSubject,
  markers: ReturnType<typeof drillMarkers>,
  progress: Reporter,
  signal?: AbortSignal,
): Promise<DrillReport> =>
  drill(subject, {
    hunter: new Hunter(markers.all.flatMap(encodings)),
    entries: stateEntries(),
    onStage: (stage) => progress.note(`  stage ${stage}`),
    ...(signal ? { signal } : {}),
  });

/** Runs the drill with markers of its own. `change` puts another part in place of one of the subject's. */
export type DrillOnce = (change?: (subject: DrillSubject) => Partial<DrillSubject>) => Promise<DrillReport>;

/** Of the service that `withDrillServer` made. */
export interface DrillService {
  net: TestInternet;
  service: Service;
  owner: Customer;
  engine: Engine;
  id: string;
}

/** Makes a service with one server, hands it over, and takes everything away again. */
export async function withDrillServer<T>(
  kind: EngineKind,
  progress: Reporter,
  use: (drillOnce: DrillOnce, parts: DrillService) => Promise<T>,
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
    const places = freshPlaces(net);
    const parts = { net, service, owner, engine, id };
    const drillOnce: DrillOnce = async (change = () => ({})) => {
      const markers = drillMarkers(places);
      const subject = await freshSubject({ ...parts, places, markers });
      return drilled({ ...subject, ...change(subject) }, markers, progress);
    };
    return await use(drillOnce, parts);
  } finally {
    await service.stop();
    service.forget();
  }
}
