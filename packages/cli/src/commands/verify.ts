/** `lethe verify`: offline verification of a release. */

import type { Command } from 'commander';
import { verb } from '../run.ts';

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .argument(
      '<where>',
      'a log: its address, such as https://vpn.example/log, or a copy of it; or one release with FILE.tlog-proof beside it',
    )
    .description('verify that a release was approved, published and witnessed, without trusting who shows it')
    .option('--policy <file>', 'which logs and witnesses you trust (tlog-policy)')
    .option('--seen <file>', 'remember what was seen there; refuse anything older or otherwise next time')
    .option('--save <dir>', 'keep what was read, to verify it again offline')
    .option('--region <name>', 'also ask whether the release is for this region')
    .addHelpText(
      'after',
      `
Ends with status 1 and the reason if any step refuses. With a copy on disk nothing is sent anywhere.

Examples:
  lethe verify https://vpn.example/log --policy policy.txt --seen seen.json
  lethe verify https://vpn.example/log --policy policy.txt --save copy
  lethe verify copy --policy policy.txt`,
    )
    .action(verb(async () => (await import('../actions/verify.ts')).verify));
}
