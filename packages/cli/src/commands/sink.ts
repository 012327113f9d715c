/** `lethe sink`: where an audit's traffic arrives. */

import type { Command } from 'commander';

export function registerSink(program: Command): void {
  program
    .command('sink')
    .description('the internet side of an audit: name server, web and UDP end for marked traffic, in memory only')
    .requiredOption('--zone <zone>', 'zone that is delegated to this machine, such as canary.example.org')
    .requiredOption('--address <address...>', 'addresses of this machine that it listens on and answers with')
    .option('--json', 'print what arrived as one line of JSON, at the end')
    .addHelpText(
      'after',
      `
\`lethe audit --client\` starts one by itself; alone it is for an auditor who watches from another machine.

Example:
  lethe sink --zone canary.example.org --address 192.0.2.10 2001:db8::10`,
    )
    .action(async (options: { zone: string; address: string[] }, command: Command) => {
      const { runSink } = await import('../actions/sink.ts');
      await runSink({ ...options, json: command.optsWithGlobals()['json'] === true });
    });
}
