/** `lethe status`. */

import type { Command } from 'commander';
import { verb } from '../run.ts';

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('which devices are online, read now from the memory of the server')
    .argument('[server]', 'name, or beginning of its id (not needed if there is one server)')
    .addHelpText(
      'after',
      `
The server seals the answer to your owner key: the service passes it on and cannot read it. Nothing of it is kept.

Examples:
  lethe status
  lethe status home --json`,
    )
    .action(verb(async () => (await import('../actions/status.ts')).status));
}
