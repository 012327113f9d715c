/** `lethe demo`: the whole story in network namespaces of its own, checked step by step. */

import { ENGINE_KINDS, LetheError } from '@lethe/core';
import type { Command } from 'commander';

interface RawDemoOptions {
  engine: string;
  keep?: boolean;
  json?: boolean;
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('the whole story in network namespaces of its own, checked step by step; leaves nothing behind')
    .option('--engine <engine>', 'where servers run: auto, microvm or container', 'auto')
    .option('--keep', 'stay after the last step, to look around, until Ctrl-C')
    .option('--json', 'print the result as one line of JSON')
    .addHelpText(
      'after',
      `
Needs root. Ends with status 1 if anything was not as promised.

Examples:
  lethe demo
  lethe demo --engine microvm --json`,
    )
    .action(async (options: RawDemoOptions, command: Command) => {
      if (options.engine !== 'auto' && !(ENGINE_KINDS as readonly string[]).includes(options.engine)) {
        throw new LetheError(
          'unknown_engine',
          `There is no such engine. Choose auto, ${ENGINE_KINDS.join(' or ')}. Nothing was started.`,
        );
      }
      const { demo } = await import('../demo/demo.ts');
      const json = options.json ?? command.optsWithGlobals()['json'] === true;
      const ok = await demo({ engine: options.engine, json, keep: options.keep === true });
      if (!ok) process.exitCode = 1;
    });
}
