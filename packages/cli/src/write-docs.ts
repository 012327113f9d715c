/** Writes docs/cli.md. Run: `sh tools/with-node packages/cli/src/write-docs.ts`. */

import { writeFileSync } from 'node:fs';
import { cliPage } from './docs.ts';
import { buildProgram } from './program.ts';

writeFileSync(new URL('../../../docs/cli.md', import.meta.url), cliPage(await buildProgram()));
