/** The procedure behind `lethe demo`: a test internet, the real service in it, and one story told and checked step by step. */

import { join } from 'node:path';
import { styleText } from 'node:util';
import { LetheError } from '@lethe/core';
import { TestInternet } from '@lethe/testkit';
import { createReporter, type Reporter } from '../up/report.ts';
import { Checks, Miss } from './checks.ts';
import { Customer } from './customer.ts';
import type { Scene, Step } from './scene.ts';
import { Service } from './service.ts';
import { secondCustomer } from './steps-apart.ts';
import { closeAccount, removeDevice, restart, stop } from './steps-end.ts';
import { filter, forget } from './steps-forget.ts';
import { deviceIpv4, deviceIpv6, server, signup, start, status } from './steps-owner.ts';
import { evidence, verify } from './steps-proof.ts';
import { fetchIpv4, fetchIpv6, resolve } from './steps-traffic.ts';

export interface DemoOptions {
  engine: string;
  json: boolean;
  /** Leave the test internet and the service running until Ctrl-C. */
  keep: boolean;
}

export interface StepResult {
  id: string;
  ok: boolean;
  ms: number;
}

const STORY: readonly Step[] = [
  start,
  signup,
  server,
  verify,
  deviceIpv4,
  deviceIpv6,
  resolve,
  fetchIpv4,
  fetchIpv6,
  status,
  filter,
  forget,
  secondCustomer,
  removeDevice,
  restart,
  evidence,
  closeAccount,
];

const CLIENTS = [
  { name: 'four', ipv4: true, ipv6: false },
  { name: 'six', ipv4: false, ipv6: true },
  { name: 'dual', ipv4: true, ipv6: true },
  { name: 'dual2', ipv4: true, ipv6: true },
];

/** A look in each: an hour would be too long for a story, and an emulated machine takes its time for one. */
const epochS = (engine: string): number => (engine === 'microvm' ? 60 : 30);

/** Tells the story. Resolves to true if every step was as promised. Whatever happens, nothing is left behind. */
export async function demo(options: DemoOptions): Promise<boolean> {
  const report = createReporter(process.stderr);
  const interrupted = interruption();
  try {
    report.step('Server image');
    const { buildImage } = await import('@lethe/image');
    const image = await buildImage({ onProgress: report.detail, signal: interrupted.signal });
    report.done(`Server image ${image.digest.slice(0, 12)}`);
    report.step('Test internet');
    await using net = await TestInternet.create({ clients: CLIENTS, handleSignals: false });
    report.done();
    const service = new Service(net, {
      engine: options.engine,
      dataDir: join(net.directory, 'service'),
      epochS: epochS(options.engine),
    });
    const scene: Scene = {
      net,
      service,
      anna: new Customer(net, service, 'anna'),
      ben: new Customer(net, service, 'ben'),
    };
    const results = await tell(scene, options, report, interrupted.signal);
    const ok = results.length === STORY.length + 1 && results.every((result) => result.ok);
    conclude(ok, service.engine || options.engine, results, options);
    return ok;
  } finally {
    interrupted.dispose();
  }
}

/** Runs the steps until one misses, then stops the service in any case. */
async function tell(scene: Scene, options: DemoOptions, report: Reporter, signal: AbortSignal): Promise<StepResult[]> {
  const results: StepResult[] = [];
  try {
    for (const step of STORY) {
      const result = await perform(step, scene, report, signal);
      results.push(result);
      if (!result.ok) break;
    }
    if (options.keep && !signal.aborted) await keep(scene, report, signal);
  } finally {
    results.push(await perform(stop, scene, report, null));
  }
  return results;
}

/** One step; a failure is reported, not thrown. */
async function perform(step: Step, scene: Scene, report: Reporter, signal: AbortSignal | null): Promise<StepResult> {
  const checks = new Checks();
  const startedAt = performance.now();
  const finish = (ok: boolean): StepResult => ({ id: step.id, ok, ms: Math.round(performance.now() - startedAt) });
  report.step(step.title);
  try {
    await Promise.race([step.run(scene, checks), untilAborted(signal)]);
    report.done();
    for (const promise of checks.done) report.note(styleText('dim', `    ${promise}`, { stream: process.stderr }));
    return finish(true);
  } catch (error) {
    report.note(`${styleText('red', '✗', { stream: process.stderr })} ${step.title}: ${explain(error)}`);
    return finish(false);
  }
}

const explain = (error: unknown): string =>
  error instanceof LetheError || error instanceof Miss ? error.message : `unexpected: ${String(error)}`;

function untilAborted(signal: AbortSignal | null): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function keep(scene: Scene, report: Reporter, signal: AbortSignal): Promise<void> {
  report.note(
    `Kept until Ctrl-C. The service: ${scene.service.url} in the namespace ${scene.net.namespacePath('host')} ` +
      `(nsenter --net=${scene.net.namespacePath('host')}).`,
  );
  await untilAborted(signal).catch(() => {});
}

function conclude(ok: boolean, engine: string, results: StepResult[], options: DemoOptions): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ok, engine, steps: results })}\n`);
    return;
  }
  const seconds = (results.reduce((sum, result) => sum + result.ms, 0) / 1000).toFixed(0);
  const missed = results.filter((result) => !result.ok).map((result) => result.id);
  const left = STORY.length + 1 - results.length;
  process.stdout.write(
    ok
      ? `\nEverything was as promised (${engine}, ${results.length} steps, ${seconds} s): own server, own resolver, ` +
          `both families, own filter, forgotten means forgotten, customers apart, removed means removed, closed means gone, nothing left behind.\n`
      : `\nNot as promised: ${missed.join(', ') || 'it was interrupted'}.${left > 0 ? ` ${left} steps were not tried.` : ''}\n`,
  );
}

/** Ctrl-C ends the story at the running step; stopping and cleaning follow. A second one changes nothing. */
function interruption(): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const end = (): void => controller.abort(new LetheError('timeout', 'interrupted'));
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, end);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of names) process.off(name, end);
    },
  };
}
