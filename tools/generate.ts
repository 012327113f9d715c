/**
 * `npm run generate`: writes what is made from sources and committed: the OpenAPI document from the routes, and the types of the API
 * client from that document, the page about the command line, and the page about what is held. `generated()` gives the same texts for the test that holds the committed files current.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliPage } from '@lethe/cli/docs';
import { stateEntries } from '@lethe/cli/inventory-spec';
import { buildProgram } from '@lethe/cli/program';
import { whatWeHoldPage } from '@lethe/cli/what-we-hold';
import { describeApi } from '@lethe/control/describe';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Generated files by their path in the repository. */
export async function generated(): Promise<Record<string, string>> {
  const document = `${JSON.stringify(await describeApi(), null, 2)}\n`;
  return {
    'spec/openapi.json': document,
    'packages/api/src/generated/schema.d.ts': clientTypes(document),
    'docs/cli.md': cliPage(await buildProgram()),
    'docs/what-we-hold.md': whatWeHoldPage(stateEntries()),
  };
}

/** Runs openapi-typescript as a program: it brings a TypeScript of its own. */
function clientTypes(document: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-generate-'));
  try {
    const input = join(directory, 'openapi.json');
    const output = join(directory, 'schema.d.ts');
    writeFileSync(input, document);
    const program = join(root, 'packages/api/node_modules/.bin/openapi-typescript');
    const result = spawnSync(
      process.execPath,
      [program, input, '--output', output, '--root-types', '--root-types-no-schema-prefix'],
      {
        encoding: 'utf8',
      },
    );
    if (result.status !== 0) throw new Error(`openapi-typescript failed:\n${result.stderr}`);
    return readFileSync(output, 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(await generated())) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    console.log(`wrote ${file}`);
  }
}
