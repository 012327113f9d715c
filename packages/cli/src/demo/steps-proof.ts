/** Steps: what runs is verified from the public log alone. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import { until } from '@lethe/testkit';
import type { Scene, Step } from './scene.ts';

interface Verified {
  ok: boolean;
  mode: string;
  release: { version: number; image: string };
}

export const verify: Step = {
  id: 'verify',
  title: 'Verify what runs from the public log',
  async run(scene, checks) {
    const copy = join(scene.net.directory, 'log-copy');
    const policy = join(scene.net.directory, 'policy.txt');
    writeFileSync(policy, await fetchText(scene, '/log/policy'));
    const shown = await scene.anna.lethe<Verified>(
      'verify',
      `${scene.service.url}/log`,
      '--policy',
      policy,
      '--save',
      copy,
    );
    checks.that('the release was approved, published and witnessed', shown.ok && shown.release.version === 1);
    checks.that('it says that one person alone decides here', shown.mode === 'one-person');
    const offline = await scene.anna.lethe<Verified>('verify', copy, '--policy', policy);
    checks.that('a copy of it verifies without any network', offline.release.image === shown.release.image);
    const file = join(copy, 'release', '1.json');
    cpSync(file, `${file}.good`);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"sig":"', '"sig":"A'));
    const refusal = await codeOf(scene.anna.lethe('verify', copy, '--policy', policy));
    checks.that('one changed letter is refused', refusal === 'bad_envelope', refusal);
    const rebuilt = await scene.anna.lethe<{ ok: boolean }>(
      'log',
      'fsck',
      `${scene.service.url}/log`,
      '--policy',
      policy,
    );
    checks.that('the log can be rebuilt from its entries', rebuilt.ok);
  },
};

interface DayReport {
  day: string;
  epochs: number;
  contrary: string[];
  untested: string[];
}

/** Longest wait for the first epoch that counts to be closed and logged. */
const EVIDENCE_LIMIT_MS = 150_000;

export const evidence: Step = {
  id: 'evidence',
  title: 'Find looks at the server in the public log',
  async run({ anna, net, service }, checks) {
    const policy = join(net.directory, 'policy.txt');
    const own = (): Promise<{ days: DayReport[] }> => anna.verdict([0, 1], 'server', 'evidence', '--policy', policy);
    const { days } = await until(
      'a look at the server is in the log',
      async () => {
        const answer = await own();
        return answer.days.length > 0 ? answer : undefined;
      },
      EVIDENCE_LIMIT_MS,
      2000,
    );
    const contrary = days.flatMap((day) => day.contrary);
    checks.that(
      'its owner opens what only she can, signed by the server itself',
      contrary.length === 0,
      contrary.join(),
    );
    const log = await anna.verdict<{ cells: { cell: string; days: DayReport[] }[] }>(
      [0, 1],
      'log',
      'evidence',
      `${service.url}/log`,
      '--policy',
      policy,
    );
    const [cell] = log.cells;
    checks.that(
      'everybody sees the region, and not how many servers it has',
      cell?.cell === 'home' && log.cells.length === 1,
    );
    const fleet = await anna.verdict<{ servers: { days: { looks: number }[] }[] }>(
      [0, 1],
      'fleet',
      'status',
      '--machine-key',
      service.dataDir,
    );
    const looks = fleet.servers.flatMap((server) => server.days).reduce((sum, day) => sum + day.looks, 0);
    checks.that('whoever runs the service sees claim by server by day', looks > 0);
  },
};

async function fetchText({ net, service }: Scene, path: string): Promise<string> {
  const program = `const r = await fetch(${JSON.stringify(service.url + path)}); process.stdout.write(await r.text());`;
  return (await net.exec('host', process.execPath, ['--input-type=module', '-e', program])).stdout;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'accepted';
  } catch (error) {
    if (error instanceof LetheError) return error.code;
    throw error;
  }
}
