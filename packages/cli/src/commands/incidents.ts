/** `lethe incidents`: what was not as it should be, and what persons did about it. */

import type { Command } from 'commander';
import { verb } from '../run.ts';
import { withKey, withMachineKey } from '../signing-options.ts';

const load = () => import('../actions/incidents.ts');
const asPerson = (command: Command): Command => withMachineKey(withKey(command));

export function registerIncidents(program: Command): void {
  const incidents = program
    .command('incidents')
    .description('what was not as it should be on servers and hosts, for persons of the trust root');

  asPerson(incidents.command('list'))
    .description('incidents that are open; status 1 if one of them was not acknowledged')
    .option('--all', 'those too that were closed in the last 30 days')
    .addHelpText(
      'after',
      '\nExamples:\n  sudo lethe incidents list --machine-key /var/lib/lethe\n  lethe incidents list --all --key ada.key',
    )
    .action(verb(async () => (await load()).list));

  asPerson(incidents.command('show'))
    .argument('<id>', 'beginning of its id (8 digits or more)')
    .description('what happened, in order: seen, gone, who took it up, who closed it and why, who was told')
    .addHelpText('after', '\nExample:\n  lethe incidents show 3f9c0a5b --key ada.key')
    .action(verb(async () => (await load()).show));

  asPerson(incidents.command('acknowledge'))
    .argument('<id>', 'beginning of its id (8 digits or more)')
    .description('say that you have taken it up')
    .addHelpText('after', '\nExample:\n  lethe incidents acknowledge 3f9c0a5b --key ada.key')
    .action(verb(async () => (await load()).acknowledge));

  asPerson(incidents.command('close'))
    .argument('<id>', 'beginning of its id (8 digits or more)')
    .description('close it, once it is no longer seen, with what it came from')
    .requiredOption('--cause <text>', 'what it came from; name no customer')
    .addHelpText(
      'after',
      '\nExample:\n  lethe incidents close 3f9c0a5b --key ada.key --cause "a debugger left running; ended, server restarted"',
    )
    .action(verb(async () => (await load()).close));
}
