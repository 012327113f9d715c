/** `lethe witness`: vouches for transparency logs. */

import { Argument, type Command } from 'commander';
import type { WitnessActionOptions } from '../actions/witness.ts';

export function registerWitness(program: Command): void {
  program
    .command('witness')
    .description('cosign the checkpoints of transparency logs that have kept everything, in the foreground')
    .addArgument(new Argument('[what]', "key: make or show the witness's key, and end").choices(['key']))
    .requiredOption('--data <dir>', 'directory of its key and of the checkpoints it has cosigned')
    .requiredOption('--name <name>', 'name that its key stands under, such as witness.example.org')
    .option('--log <vkey...>', 'key of a log to cosign; may be given more than once')
    .option('--policy <file>', 'policy whose logs to cosign')
    .option('--listen <address:port>', 'where to answer', '127.0.0.1:8641')
    .option('--json', 'print one line of JSON when ready')
    .addHelpText(
      'after',
      `
A witness is of use to others when it is not run by whoever runs the log. Give its key and address to the log's operator.
Never put back an older copy of its directory: it would forget what it has cosigned.

Examples:
  lethe witness key --data /var/lib/lethe-witness --name witness.example.org
  lethe witness --data /var/lib/lethe-witness --name witness.example.org --log log.example.net+1a2b3c4d+AZ…`,
    )
    .action(async (what: 'key' | undefined, options: WitnessActionOptions, command: Command) => {
      const { runWitness, showKey } = await import('../actions/witness.ts');
      const json = options.json ?? command.optsWithGlobals()['json'] === true;
      await (what === 'key' ? showKey : runWitness)({ ...options, json });
    });
}
