/** Steps: what runs is verified from the public log alone. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
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
