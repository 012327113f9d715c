/** Completion scripts, generated from the command tree. They complete verbs, options and closed choices; never names, which need the vault. */

import type { Command } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

interface Place {
  /** Verbs typed so far, e.g. `server create`; empty for none. */
  path: string;
  words: { word: string; description: string }[];
}

/** What can follow at each place of the tree: subcommands, own and global options, and choices of arguments. */
function places(program: Command): Place[] {
  const global = visibleOptions(program);
  const walk = (command: Command, path: string): Place[] => {
    const verbs = command.commands.map((one) => ({ word: one.name(), description: one.description() }));
    const choices = command.registeredArguments
      .flatMap((one) => one.argChoices ?? [])
      .map((word) => ({ word, description: '' }));
    const own = path === '' ? [] : visibleOptions(command);
    const words = [...verbs, ...choices, ...own, ...global].filter(
      (one, index, all) => all.findIndex((other) => other.word === one.word) === index,
    );
    return [{ path, words }, ...command.commands.flatMap((one) => walk(one, `${path} ${one.name()}`.trim()))];
  };
  return walk(program, '');
}

const visibleOptions = (command: Command) =>
  command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({ word: option.long ?? option.short!, description: option.description }));

/** Values of options with closed choices, by option. */
function closedValues(program: Command): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const walk = (command: Command): void => {
    for (const option of command.options) if (option.argChoices) found.set(option.long!, option.argChoices);
    command.commands.forEach(walk);
  };
  walk(program);
  return found;
}

export function completionScript(program: Command, shell: Shell): string {
  return { bash, zsh, fish }[shell](places(program), closedValues(program));
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Collects the verbs before the cursor in `at`, as far as the tree knows them. (`path` is taken in zsh.) */
const findPlace = (all: Place[], words: string) => `  local at= word
  for word in "\${${words}}"; do
    case "$at $word" in
      ${all
        .filter((place) => place.path !== '')
        .map((place) => `' ${place.path}'`)
        .join('|')}) at="$at $word" ;;
    esac
  done`;

function bash(all: Place[], values: Map<string, readonly string[]>): string {
  return `# bash completion for lethe. Load it with: source <(lethe completion bash)
_lethe() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
${findPlace(all, 'COMP_WORDS[@]:1:COMP_CWORD-1')}
  case $previous in
${[...values].map(([option, words]) => `    ${option}) words=${quote(words.join(' '))} ;;`).join('\n')}
    --out|--profile|--data) COMPREPLY=($(compgen -f -- "$current")); return ;;
    *) case $at in
${all.map((place) => `      ${quote(place.path ? ` ${place.path}` : '')}) words=${quote(place.words.map((one) => one.word).join(' '))} ;;`).join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _lethe lethe
`;
}

function zsh(all: Place[], values: Map<string, readonly string[]>): string {
  const described = (place: Place) =>
    place.words.map((one) => quote(`${one.word}:${one.description.replaceAll(':', ' ')}`)).join(' ');
  return `#compdef lethe
# zsh completion for lethe. Write it to a file named _lethe in a directory of $fpath.
_lethe() {
  local -a found
${findPlace(all, '(@)words[2,CURRENT-1]')}
  case $words[CURRENT-1] in
${[...values].map(([option, words]) => `    ${option}) compadd -- ${words.join(' ')}; return ;;`).join('\n')}
    --out|--profile|--data) _files; return ;;
  esac
  case $at in
${all.map((place) => `    ${quote(place.path ? ` ${place.path}` : '')}) found=(${described(place)}) ;;`).join('\n')}
  esac
  _describe lethe found
}
if [ "$funcstack[1]" = _lethe ]; then _lethe "$@"; else compdef _lethe lethe; fi
`;
}

function fish(all: Place[], values: Map<string, readonly string[]>): string {
  const lines = all.flatMap((place) => {
    const verbs = place.path.split(' ').filter(Boolean);
    const deeper = all.filter(
      (one) => one.path.startsWith(place.path) && one.path.split(' ').filter(Boolean).length === verbs.length + 1,
    );
    const seen = verbs.map((verb) => `__fish_seen_subcommand_from ${verb}`);
    const not =
      deeper.length > 0
        ? [`not __fish_seen_subcommand_from ${deeper.map((one) => one.path.split(' ').at(-1)).join(' ')}`]
        : [];
    const when = [...seen, ...not].join('; and ');
    return place.words.map(({ word, description }) => {
      const value = values.get(word);
      const what = word.startsWith('--')
        ? `-l ${word.slice(2)}${value ? ` -x -a ${quote(value.join(' '))}` : ''}`
        : `-f -a ${word}`;
      return `complete -c lethe${when ? ` -n ${quote(when)}` : ''} ${what}${description ? ` -d ${quote(description)}` : ''}`;
    });
  });
  return `# fish completion for lethe. Write it to ~/.config/fish/completions/lethe.fish\n${lines.join('\n')}\n`;
}
