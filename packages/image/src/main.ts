/** `npm run image [-- --update | --check] [--json]`: builds the server image and says what it is. */

import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { LetheError } from '@lethe/core';
import { buildImage, updateLock } from './build.ts';
import { checkImage } from './check.ts';
import { IMAGE_FILES } from './load.ts';

const HELP = `usage: npm run image [-- --update | --check] [--json]
  --update  take the newest packages of this machine's sources and write them to packages/image/image.lock.json
  --check   build it twice from nothing, packages fetched anew, and compare; exit status 1 and the first difference if they differ
  --json    print one line of JSON instead of text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      update: { type: 'boolean' },
      check: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.check) return check(values.json === true);
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
  const sbom = join(dirname(image.kernel), IMAGE_FILES.sbom);
  if (values.json) return console.log(JSON.stringify({ ...image, sbom, sizes, seconds }));
  console.log(`image ${image.digest}`);
  for (const [name, bytes] of Object.entries(sizes))
    console.log(`  ${name.padEnd(7)} ${(bytes / 1e6).toFixed(1).padStart(6)} MB`);
  console.log(`  bill of materials (CycloneDX): ${sbom}`);
  console.log(`  ready in ${seconds} s`);
}

async function check(json: boolean): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const result = await checkImage({ signal: stop.signal, onProgress: (text) => console.error(`  ${text}`) });
  if (result.difference !== null) process.exitCode = 1;
  if (json) return console.log(JSON.stringify({ ...result, ok: result.difference === null }));
  if (result.difference === null)
    console.log(`image ${result.digest}\n  two builds from nothing are the same in every byte`);
  else
    console.error(
      `Two builds of the image differ, so neither can be trusted to be what the sources say. First in ${result.difference}`,
    );
}

const size = async (file: string): Promise<number> => (await stat(file)).size;

main().catch((error: unknown) => {
  console.error(error instanceof LetheError ? `Error: ${error.message}` : error);
  if (error instanceof LetheError && error.cause instanceof Error) console.error(error.cause.message);
  process.exitCode = 1;
});
