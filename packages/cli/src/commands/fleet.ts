/** `lethe fleet`: all servers of a service, for persons of its trust root. */

import type { Command } from 'commander';
import { verb } from '../run.ts';
import { withKey, withMachineKey } from '../signing-options.ts';

export function registerFleet(program: Command): void {
  const fleet = program.command('fleet').description('all servers of a service, for persons of the trust root');

  withMachineKey(withKey(fleet.command('status')))
    .description('claim by server by day: what looks at servers have shown; status 1 if not clean')
    .option('--days <count>', 'days back, today included: 1 to 31', '7')
    .addHelpText(
      'after',
      '\nExamples:\n  sudo lethe fleet status --machine-key /var/lib/lethe\n  lethe fleet status --days 31 --key ada.key --json',
    )
    .action(verb(async () => (await import('../actions/evidence.ts')).fleetStatus));
}
