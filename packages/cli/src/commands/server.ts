/** `lethe server`. */

import { type Command, Option } from 'commander';
import { verb } from '../run.ts';

export function registerServer(program: Command): void {
  const server = program.command('server').description('servers of your own');

  server
    .command('create')
    .description('make a server and wait until it is ready')
    .argument('[name]', 'its name, known to you alone (default: home, home-2, …)')
    .option('--region <id>', 'where it runs (default: the first region with room)')
    .addOption(new Option('--engine <engine>', 'what it runs in: auto, microvm or container').default('auto'))
    .option('--devices-may-talk', 'let your devices reach each other through the tunnel')
    .addHelpText(
      'after',
      `
If a creation was interrupted, the same command with the same name continues it; nothing is spent twice.

Examples:
  lethe server create
  lethe server create travel --region home --engine container`,
    )
    .action(verb(async () => (await import('../actions/server.ts')).create));

  server
    .command('list')
    .description('all your servers')
    .addHelpText('after', '\nExamples:\n  lethe server list\n  lethe server list --json')
    .action(verb(async () => (await import('../actions/server.ts')).list));

  server
    .command('show')
    .description('one server: state, endpoints, key and lease')
    .argument('[server]', 'name, or beginning of its id (not needed if there is one server)')
    .addHelpText('after', '\nExamples:\n  lethe server show\n  lethe server show home')
    .action(verb(async () => (await import('../actions/server.ts')).show));

  server
    .command('renew')
    .description('make the lease longer with another voucher of your plan')
    .argument('[server]', 'name, or beginning of its id (not needed if there is one server)')
    .addHelpText('after', '\nExample:\n  lethe server renew home')
    .action(verb(async () => (await import('../actions/server.ts')).renew));

  server
    .command('forget')
    .description(
      'make a server forget everything now, and wait until it says so; its devices connect again by themselves',
    )
    .argument('[server]', 'name, or beginning of its id (not needed if there is one server)')
    .option('--after <seconds>', 'instead, let it forget by itself after so long without a device: 30 to 180')
    .addHelpText(
      'after',
      `
A server forgets by itself 180 s after its last device left, whenever it starts, and once a day. On microvm it is born again: a fresh
machine takes over, and the memory of the old one is overwritten. WireGuard has no end of session: 180 s is when a session is dead for sure.

Examples:
  lethe server forget
  lethe server forget home --after 60`,
    )
    .action(verb(async () => (await import('../actions/forget.ts')).forget));

  server
    .command('evidence')
    .description(
      'what looks at a server have shown by day, held against its key and the public log; status 1 if not clean',
    )
    .argument('[server]', 'name, or beginning of its id (not needed if there is one server)')
    .option('--days <count>', 'days back, today included: 1 to 31', '7')
    .option('--policy <file>', 'which logs and witnesses you trust (tlog-policy)')
    .addHelpText(
      'after',
      `
Each server is looked at once in each epoch, at a moment that nobody knows before. The log shows one commitment for all servers of a
region; only the owner of a server can open its part.

Examples:
  lethe server evidence
  lethe server evidence home --days 31 --policy policy.txt`,
    )
    .action(verb(async () => (await import('../actions/evidence.ts')).serverEvidence));

  server
    .command('delete')
    .description('end a server and everything in its memory; its devices lose their tunnel')
    .argument('<server>', 'name, or beginning of its id')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExamples:\n  lethe server delete home\n  lethe server delete 3f9c --yes')
    .action(verb(async () => (await import('../actions/server.ts')).remove));
}
