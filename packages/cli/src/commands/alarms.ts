/** `lethe alarms`: where alarms go, and whether they arrive. */

import type { Command } from 'commander';
import { verb } from '../run.ts';
import { withKey, withMachineKey } from '../signing-options.ts';

const load = () => import('../actions/alarms.ts');
const asPerson = (command: Command): Command => withMachineKey(withKey(command));

export function registerAlarms(program: Command): void {
  const alarms = program.command('alarms').description('where alarms go, for persons of the trust root');

  asPerson(alarms.command('status'))
    .description('the channels, what waits for them, and how many incidents are open; status 1 if one is silent')
    .addHelpText(
      'after',
      `
Channels stand in alarms.json in the data directory of the service: docs/alarms.md.

Example:
  sudo lethe alarms status --machine-key /var/lib/lethe`,
    )
    .action(verb(async () => (await load()).status));

  asPerson(alarms.command('test'))
    .description('send a test to every channel; status 1 if one did not take it')
    .addHelpText('after', '\nExample:\n  lethe alarms test --key ada.key')
    .action(verb(async () => (await load()).test));
}
