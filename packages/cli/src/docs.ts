/** The page about the command line, generated from the command tree, so that it cannot say anything else than `--help`. */

import type { Command } from 'commander';

const WIDTH = 100;

/** Verbs that do something, with their full names, in the order of the tree. */
export function verbs(program: Command): { name: string; description: string; command: Command }[] {
  const walk = (command: Command, path: string): { name: string; description: string; command: Command }[] =>
    command.commands.length > 0
      ? command.commands.flatMap((one) => walk(one, `${path} ${one.name()}`))
      : [{ name: path, description: command.description(), command }];
  return walk(program, program.name());
}

/** docs/cli.md. */
export function cliPage(program: Command): string {
  const all = verbs(program);
  const list = all.map(({ name, description }) => `| \`${name}\` | ${description} |`);
  const sections = all.map(({ name, command }) => `## ${name}\n\n${fenced(helpOf(command))}`);
  return `# The command line

Made from the command tree by \`npm run generate\`; do not edit.

| verb | what it does |
| --- | --- |
${list.join('\n')}

${fenced(helpOf(program))}

${sections.join('\n\n')}
`;
}

const fenced = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``;

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}
