/** The verification in Debian's Chromium, bundled as the page is. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { LetheError } from '@lethe/core';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { median } from '../statistics.ts';
import type { Input } from './verify-once.ts';

/** Median milliseconds of a verification with keys to be checked first. */
export async function browserVerification(input: Input, rounds: number): Promise<number> {
  const script = await bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === '/verify.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? script : '<!doctype html><title>verify</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    // A page from localhost is a secure context, which WebCrypto needs.
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const times = await page.evaluate(
      async ({ fields, now, count }) => {
        const url = `${location.origin}/verify.js`;
        const { timeVerification } = (await import(url)) as typeof import('./verify-once.ts');
        const bytes = Object.fromEntries(fields.map(([name, list]) => [name, Uint8Array.from(list)]));
        const measured: number[] = [];
        for (let round = 0; round < count; round += 1)
          measured.push((await timeVerification({ ...bytes, now } as unknown as Input)).coldMs);
        return measured;
      },
      {
        fields: (['policy', 'rootEnvelope', 'envelope', 'proof'] as const).map(
          (name) => [name, [...input[name]]] as [string, number[]],
        ),
        now: input.now,
        count: rounds,
      },
    );
    return median(times);
  } finally {
    await browser.close();
    server.close();
  }
}

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('verify-once.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: ['chrome137', 'firefox130', 'safari17'],
      lib: { entry, formats: ['es'], fileName: () => 'verify.js' },
      rollupOptions: { output: { codeSplitting: false } },
    },
  });
  const chunk = Array.isArray(built)
    ? built.flatMap(({ output }) => output).find((file) => file.type === 'chunk')
    : undefined;
  if (chunk?.type !== 'chunk') throw new LetheError('internal', 'The verifier could not be bundled.');
  return chunk.code;
}
