/** `lethe log`: looking at a transparency log from outside. */

import type { Command } from 'commander';
import { verb } from '../run.ts';

export function registerLog(program: Command): void {
  const log = program.command('log').description('look at a transparency log from outside');
  log
    .command('fsck')
    .argument('<where>', 'a log: its address, such as https://vpn.example/log, or its directory')
    .description('rebuild the tree from public data alone and compare it with everything the log serves')
    .option('--policy <file>', 'which logs and witnesses you trust (tlog-policy)')
    .addHelpText(
      'after',
      `
Works on any log in the tlog-tiles format.

Example:
  lethe log fsck https://vpn.example/log --policy policy.txt`,
    )
    .action(verb(async () => (await import('../actions/log.ts')).checkLog));
  log
    .command('evidence')
    .argument('<where>', 'a log of Lethe: its address, such as https://vpn.example/log, or its directory')
    .description(
      'what looks at the servers of each region have shown by day, and which are missing; status 1 if not clean',
    )
    .option('--policy <file>', 'which logs and witnesses you trust (tlog-policy)')
    .addHelpText('after', '\nExample:\n  lethe log evidence https://vpn.example/log --policy policy.txt')
    .action(verb(async () => (await import('../actions/evidence.ts')).logEvidence));
}
