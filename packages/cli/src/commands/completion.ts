/** `lethe completion`. */

import { Argument, type Command } from 'commander';
import { verb } from '../run.ts';

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
Examples:
  source <(lethe completion bash)
  lethe completion zsh > "\${fpath[1]}/_lethe"
  lethe completion fish > ~/.config/fish/completions/lethe.fish`,
    )
    .action(verb(async () => (await import('../actions/completion.ts')).completion));
}
