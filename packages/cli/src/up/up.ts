/** The procedure behind `lethe up`. Reads top to bottom: check, prepare, start in order, wait, stop in reverse order. */

import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type ImageFiles, LetheError } from '@lethe/core';
import { type Message, Part } from './child.ts';
import { closeInstance, type Instance, openInstance } from './instance.ts';
import { lockDataDirectory } from './lock.ts';
import { parseUpOptions, type RawUpOptions, type UpOptions } from './options.ts';
import { releaseContent } from './release-content.ts';
import { createReporter, type Reporter } from './report.ts';

const entryOf = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

/** Runs the service until SIGINT or SIGTERM. Throws before anything runs when something is missing or in the way. */
export async function up(raw: RawUpOptions): Promise<void> {
  const options = parseUpOptions(raw, process.env['LETHE_CALLED_FROM'] ?? process.cwd());
  if (process.getuid?.() !== 0) {
    throw new LetheError(
      'not_root',
      'lethe up makes network interfaces and machines, which needs root. Nothing was started. Run it with sudo.',
    );
  }
  const instance = openInstance(options.dataDir);
  const lock = await lockDataDirectory(options.dataDir);
  const report = createReporter(process.stderr);
  const stop = stopSignal();
  const running: Array<{ name: string; stop(): Promise<void> }> = [];
  try {
    await checkPortFree(options.port);
    await startService(options, instance, report, running, stop.fail, stop.signal);
    await stop.wait;
  } finally {
    await stopService(running, report);
    closeInstance(instance);
    lock.release();
    stop.dispose();
  }
  if (stop.error()) throw stop.error()!;
}

async function startService(
  options: UpOptions,
  instance: Instance,
  report: Reporter,
  running: Array<{ name: string; stop(): Promise<void> }>,
  fail: (error: LetheError) => void,
  signal: AbortSignal,
): Promise<void> {
  const [{ buildImage }, { buildApp }, { startDatabases }, { detectPublicAddresses }, { installStarterTable }] =
    await Promise.all([
      import('@lethe/image'),
      import('@lethe/app/build'),
      import('@lethe/control/postgres'),
      import('@lethe/host'),
      import('@lethe/host/blocklist/index'),
    ]);

  const publicAddresses = options.publicAddresses.length > 0 ? options.publicAddresses : await detectPublicAddresses();
  if (publicAddresses.length === 0) {
    throw new LetheError(
      'bad_request',
      'This machine has no default route, so there is no address for devices to dial. Nothing was started. Name one with --public-address.',
    );
  }

  report.step('Server image');
  const image: ImageFiles = await buildImage({ onProgress: report.detail, signal });
  report.done(`Server image ${image.digest.slice(0, 12)}`);
  report.step('Page');
  const webRoot = await buildApp();
  report.done();

  const own = process.env['DATABASE_URL'];
  const databases =
    own === undefined
      ? await startOwnDatabases()
      : { url: own, accountsUrl: process.env['ACCOUNTS_DATABASE_URL'] ?? own };
  async function startOwnDatabases(): Promise<{ url: string; accountsUrl: string }> {
    report.step('Database');
    const started = await startDatabases({
      dataDir: instance.dataDir,
      runDir: instance.runDir,
      onProgress: report.detail,
    });
    running.push({ name: 'Database', stop: started.stop });
    report.done();
    return started;
  }
  signal.throwIfAborted();

  const content = releaseContent(image.digest, options.rootAnchors);
  const onRestart = (name: string): void =>
    report.note(`The ${name} process ended by itself and is started again. Tunnels go on.`);
  report.step('Control plane');
  const control = new Part({
    name: 'control',
    entry: entryOf('@lethe/control/main'),
    config: async () => ({
      dataDir: instance.dataDir,
      databaseUrl: databases.url,
      accountsDatabaseUrl: databases.accountsUrl,
      port: options.port,
      webRoot,
      smtpUrl: process.env['LETHE_SMTP_URL'] ?? null,
      publicUrl: serviceUrl(options),
      epochS: options.epochS,
      proof: { headsDir: `${instance.dataDir}.log-heads`, content },
    }),
    onMessage: (message) => {
      if (message.type === 'mail') showMail(message, report);
    },
    onRestart,
    onGiveUp: fail,
  });
  running.push({ name: 'Control plane', stop: () => control.stop() });
  const { mode } = await control.start();
  report.done();
  signal.throwIfAborted();

  await installStarterTable(instance.dataDir);
  report.step('Servers of this machine');
  const host = new Part({
    name: 'host',
    entry: entryOf('@lethe/host/main'),
    config: async () => ({
      dataDir: instance.dataDir,
      runDir: instance.runDir,
      instance: instance.id,
      controlUrl: serviceUrl(options),
      joinToken: await joinToken(control),
      region: options.region,
      engine: options.engine,
      publicAddresses,
      ports: options.ports,
      rootAnchors: options.rootAnchors,
      image,
      content,
    }),
    onMessage: (message) => {
      if (message.type === 'progress') report.detail(String(message['text']));
    },
    onRestart,
    onGiveUp: fail,
  });
  running.push({ name: 'Servers', stop: () => host.stop() });
  const ready = await host.start();
  report.done(`Servers run as ${String(ready['engine'])}, reachable at ${publicAddresses.join(' and ')}`);
  announce(options, String(ready['engine']), String(mode));
}

/** A one-time token with which this machine's own supervisor joins. It travels over pipes only. */
function joinToken(control: Part): Promise<string> {
  return control.ask({ type: 'join-token' }, 'join-token').then((answer) => String(answer['token']));
}

const serviceUrl = (options: UpOptions): string => `http://localhost:${options.port}`;

function announce(options: UpOptions, engine: string, mode: string): void {
  const log = `${serviceUrl(options)}/log`;
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ ready: true, url: serviceUrl(options), log, mode, engine, data: options.dataDir })}\n`,
    );
    return;
  }
  const who =
    mode === 'one-person'
      ? 'This machine alone decides it (one-person mode), and the only witness of\nthat log runs here too: it shows that the log never contradicted itself, and nothing about whoever runs it'
      : 'Two persons of its trust root must approve it';
  process.stdout.write(`\nLethe is ready: ${serviceUrl(options)}
What may run here is published at ${log}. ${who} (docs/verify.md).
Sign-in codes appear here. Ctrl-C stops everything.\n\n`);
}

/** Mail for a person goes to the terminal, since no mail server is set. Nothing of it is kept. */
function showMail(message: Message, report: Reporter): void {
  report.note(
    `\n  Mail to ${String(message['to'])}: ${String(message['subject'])}\n  ${String(message['text']).replaceAll('\n', '\n  ')}\n`,
  );
}

async function checkPortFree(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause) =>
      reject(
        new LetheError(
          'port_in_use',
          `Port ${port} on localhost is in use. Nothing was started. Choose another with --port.`,
          { cause },
        ),
      ),
    );
    probe.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

/** Stops the parts in reverse order of their start; one that fails does not keep the others. */
async function stopService(running: Array<{ name: string; stop(): Promise<void> }>, report: Reporter): Promise<void> {
  for (const part of running.toReversed()) {
    report.step(`Stopping: ${part.name}`);
    try {
      await part.stop();
      report.done(`Stopped: ${part.name}`);
    } catch (error) {
      report.note(
        `${part.name} did not stop cleanly: ${error instanceof LetheError ? error.message : 'unexpected error'}`,
      );
    }
  }
}

/** Resolves `wait` at the first SIGINT or SIGTERM, or when a part gives up. A second Ctrl-C while stopping changes nothing. */
function stopSignal() {
  const controller = new AbortController();
  let failure: LetheError | undefined;
  const end = (): void => controller.abort(new LetheError('timeout', 'Stopped while starting.'));
  const wait = new Promise<void>((resolve) =>
    controller.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end);
  return {
    wait,
    signal: controller.signal,
    fail: (error: LetheError): void => {
      failure = error;
      end();
    },
    error: () => failure,
    dispose: (): void => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, end);
    },
  };
}
