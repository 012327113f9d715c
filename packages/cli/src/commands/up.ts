/** `lethe up`: the whole service on this machine, in the foreground. */

import type { Command } from 'commander';
import type { RawUpOptions } from '../up/options.ts';

export function registerUp(program: Command): void {
  program
    .command('up')
    .description('run the service on this machine, in the foreground')
    .option('--data <dir>', 'data directory', '/var/lib/lethe')
    .option('--port <port>', 'port of the page and the API, on localhost', '8640')
    .option('--engine <engine>', 'where servers run: auto, microvm or container', 'auto')
    .option(
      '--public-address <address...>',
      'name or address that devices outside dial (default: those of the default route)',
    )
    .option('--ports <first-last>', 'UDP ports for servers, one each', '51820-52819')
    .option('--region <name>', 'what this place is called', 'home')
    .option('--root-anchor <file>', 'DNSSEC trust anchor, for a network with a DNS root of its own')
    .option(
      '--epoch <seconds>',
      'how often servers are looked at and the log gets evidence; below 900 for trying out, as the log then tells when servers come',
      '3600',
    )
    .option('-y, --yes', 'install missing Debian packages without asking')
    .option('--json', 'print one line of JSON when ready')
    .addHelpText(
      'after',
      `
Mail (sign-in codes) goes to this terminal, unless LETHE_SMTP_URL names a mail server. DATABASE_URL names a PostgreSQL of your own,
ACCOUNTS_DATABASE_URL a second instance for the accounts: in one instance, transaction numbers can pair rows of both for a day.
Ctrl-C stops everything; the next start finds everything again.

Examples:
  lethe up
  lethe up --public-address vpn.example.net --engine container`,
    )
    .action(async (options: RawUpOptions, command: Command) => {
      const { up } = await import('../up/up.ts');
      await up({ ...options, json: options.json ?? command.optsWithGlobals()['json'] === true });
    });
}
