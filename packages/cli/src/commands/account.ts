/** `lethe account`. */

import type { Command } from 'commander';
import { verb } from '../run.ts';

export function registerAccount(program: Command): void {
  const account = program
    .command('account')
    .description('your account: an e-mail address, a one-time code, nothing else');

  account
    .command('signup')
    .description('make an account with a one-time code that is sent by e-mail, and an owner key on this device')
    .option('--email <address>', 'where the code is sent (asked for on a terminal)')
    .option('--code <code>', 'the code of a mail that was sent before; then no new one is sent')
    .addHelpText(
      'after',
      `
Without --code, the code is asked for on a terminal, and read from the first line of stdin otherwise.
The owner key stays on this device. Write its recovery key down: lethe account recovery-key

Examples:
  lethe account signup --email you@example.net
  lethe account signup --email you@example.net --code 12345678 --json`,
    )
    .action(verb(async () => (await import('../actions/account.ts')).signUp));

  account
    .command('signin')
    .description('sign in again, or on another device')
    .option('--email <address>', 'where the code is sent (asked for on a terminal)')
    .option('--code <code>', 'the code of a mail that was sent before; then no new one is sent')
    .addHelpText(
      'after',
      `
On another device, the account's servers and devices can be read once the recovery key is imported there.

Examples:
  lethe account signin --email you@example.net
  lethe account recovery-key --import`,
    )
    .action(verb(async () => (await import('../actions/account.ts')).signIn));

  account
    .command('show')
    .description('what the service knows about the account')
    .addHelpText('after', '\nExamples:\n  lethe account show\n  lethe account show --json')
    .action(verb(async () => (await import('../actions/account.ts')).show));

  account
    .command('recovery-key')
    .description('show the recovery key, or take over the one of another device')
    .option('--import', 'read a recovery key (asked for on a terminal, from stdin otherwise)')
    .addHelpText(
      'after',
      `
Whoever has the recovery key controls your servers. The service never sees it and cannot replace it: write it down.

Examples:
  lethe account recovery-key
  lethe account recovery-key --import < key.txt`,
    )
    .action(verb(async () => (await import('../actions/account.ts')).recoveryKey));

  account
    .command('signout')
    .description('end the session on this device; the owner key stays')
    .addHelpText('after', '\nExample:\n  lethe account signout')
    .action(verb(async () => (await import('../actions/account.ts')).signOut));

  account
    .command('close')
    .description('delete every server, then the account and everything of it')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
This device deletes the servers, since only the owner key can. A server that cannot be reached ends with its lease.

Examples:
  lethe account close
  lethe account close --yes --json`,
    )
    .action(verb(async () => (await import('../actions/account.ts')).close));
}
