/** `npm run image [-- --update] [--json]`: builds the server image and says what it is. */

import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { LetheError } from '@lethe/core';
import { buildImage, updateLock } from './build.ts';

const HELP = `usage: npm run image [-- --update] [--json]
  --update  take the newest packages of this machine's sources and write them to packages/image/image.lock.json
  --json    print one line of JSON instead of text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { update: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return console.log(HELP);
  const start = performance.now();
  const build = values.update ? updateLock : buildImage;
  const image = await build({ onProgress: (text) => console.error(`  ${text}`) });
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const sizes = {
    root: await size(image.rootImage),
    verity: await size(image.verityImage),
    kernel: await size(image.kernel),
    initrd: await size(image.initrd),
  };
  if (values.json) return console.log(JSON.stringify({ ...image, sizes, seconds }));
  console.log(`image ${image.digest}`);
  for (const [name, bytes] of Object.entries(sizes))
    console.log(`  ${name.padEnd(7)} ${(bytes / 1e6).toFixed(1).padStart(6)} MB`);
  console.log(`  ready in ${seconds} s`);
}

const size = async (file: string): Promise<number> => (await stat(file)).size;

main().catch((error: unknown) => {
  console.error(error instanceof LetheError ? `Error: ${error.message}` : error);
  if (error instanceof LetheError && error.cause instanceof Error) console.error(error.cause.message);
  process.exitCode = 1;
});
