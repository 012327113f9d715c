/** `lethe seize`: takes a drill server in hands as a thief would, and searches it for what it should have forgotten. */

import { ENGINE_KINDS, type EngineKind, LetheError } from '@lethe/core';
import type { Command } from 'commander';

interface RawSeizeOptions {
  fresh?: boolean;
  engine: string;
  json?: boolean;
}

export function registerSeize(program: Command): void {
  program
    .command('seize')
    .argument('[server]', "a customer's server: not possible yet")
    .description('the seizure drill: search a machine and its host for everything a device has sent')
    .option('--fresh', 'make a drill server for it, in network namespaces of its own')
    .option('--engine <engine>', 'where the drill server runs: microvm or container', 'container')
    .option('--json', 'print the report as one line of JSON')
    .addHelpText(
      'after',
      `
Needs root. Ends with status 1 if anything was found that should be forgotten, or could not be tested.

Examples:
  lethe seize --fresh
  lethe seize --fresh --engine microvm --json`,
    )
    .action(async (server: string | undefined, options: RawSeizeOptions, command: Command) => {
      if (server !== undefined || options.fresh !== true) {
        throw new LetheError(
          'bad_request',
          "A customer's server can be searched only with its owner's signature, which this version cannot ask for. Nothing was searched. Use `lethe seize --fresh` for a drill server.",
        );
      }
      const engine = ENGINE_KINDS.find((kind): kind is EngineKind => kind === options.engine);
      if (!engine) {
        const known = ENGINE_KINDS.join(' or ');
        throw new LetheError('unknown_engine', `There is no such engine. Choose ${known}. Nothing was started.`);
      }
      const { seizeFresh } = await import('../actions/seize.ts');
      const json = options.json ?? command.optsWithGlobals()['json'] === true;
      if (!(await seizeFresh({ engine, json }))) process.exitCode = 1;
    });
}
