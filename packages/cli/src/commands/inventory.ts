/** `lethe inventory`. */

import type { Command } from 'commander';
import { verb } from '../run.ts';

export function registerInventory(program: Command): void {
  program
    .command('inventory')
    .description('everything that may be held about you, measured now on your server')
    .argument('[server]', 'name, or beginning of its id (not needed if there is one server)')
    .addHelpText(
      'after',
      `
The server measures itself and seals the answer to your owner key: the service passes it on and cannot read it. Ends with status 1 if
anything was found that is not declared, is older than it may be, or could not be measured although it must be.

Examples:
  lethe inventory
  lethe inventory home --json`,
    )
    .action(verb(async () => (await import('../actions/inventory.ts')).inventory));
}
