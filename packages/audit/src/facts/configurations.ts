/** The configuration of running programs: files with their includes, and what the programs themselves say. */

import { MAX_LINES } from '../collect/files.ts';
import type { Entry } from '../config/entry.ts';
import { keyMatches } from '../config/key.ts';
import { parseConfig } from '../config/parse.ts';
import type { ConfigSource, Program } from '../knowledge/program.ts';
import type { BinaryState, Configuration, Process, RunningProgram } from './facts.ts';
import { type Answers, lines } from './parse.ts';

/** Id of the answer with files of a program, in the round that asked. */
export const configId = (pid: number, round: number): string => `config:${pid}:${round}`;
export const askId = (pid: number, key: string): string => `ask:${pid}:${key}`;
export const INTEGRITY_ID = 'integrity';
/** For a process that stands for all with its root. */
export const packagedId = (pid: number): string => `packaged:${pid}`;
export const MAX_ROUNDS = 4;

/** Processes whose configuration is judged: one of each program and command line, the oldest. */
export function configured(
  programs: readonly RunningProgram[],
): { process: Process; program: Program; config: ConfigSource }[] {
  const seen = new Set<string>();
  return programs.flatMap(({ process, program }) => {
    if (!program?.config) return [];
    const key = `${program.id}\n${process.mountNamespace}\n${process.argv.join('\n')}`;
    const parent = programs.find((other) => other.process.pid === process.parent);
    if (seen.has(key) || (parent?.program === program && parent.process.mountNamespace === process.mountNamespace))
      return [];
    seen.add(key);
    return [{ process, program, config: program.config }];
  });
}

/** The words of a command line, also where the program has made one title of them: `nginx: master process nginx -c FILE`. */
function commandLine({ argv }: Process): string[] {
  const title = argv.length === 1 ? /^[\w.-]+: master process (.*)$/.exec(argv[0]!)?.[1] : undefined;
  return title === undefined ? argv : title.slice(0, 4096).split(' ');
}

/** The main file: named on the command line, else the usual places. */
export function mainFiles(process: Process, config: ConfigSource): string[] {
  const argv = commandLine(process);
  for (const [index, argument] of argv.entries()) {
    for (const option of config.option) {
      if (argument === option && argv[index + 1]) return [argv[index + 1]!];
      if (argument.startsWith(`${option}=`)) return [argument.slice(option.length + 1)];
      // `-cFILE`; but `-config` is an option of its own where the program has one.
      const glued = /^-\w$/.test(option) && argument.startsWith(option) && argument.length > 2;
      if (glued && !config.option.some((other) => other.length > 2 && argument.startsWith(other)))
        return [argument.slice(2)];
    }
  }
  if (config.directory) {
    const { option, file } = config.directory;
    const at = argv.findIndex((argument) => option.includes(argument));
    if (at > 0 && argv[at + 1]) return [`${argv[at + 1]}/${file}`];
  }
  const path = config.argument && argv.slice(1).find((argument) => /^[^-].*(\/|\.(conf|cfg|ovpn)$)/.test(argument));
  return path ? [path] : config.paths;
}

/** Further files: those always read, and those the command line names. */
export function furtherFiles(process: Process, config: ConfigSource): string[] {
  const named = (config.alsoOption ?? []).flatMap((option) =>
    process.argv.flatMap((argument, index) => {
      const value =
        argument === option
          ? process.argv[index + 1]
          : argument.startsWith(option.startsWith('--') ? `${option}=` : option)
            ? argument.slice(option.length + (option.startsWith('--') ? 1 : 0))
            : undefined;
      return value ? [value.split(',')[0]!] : [];
    }),
  );
  const beside = (config.directory?.also ?? []).flatMap((name) =>
    (config.directory?.option ?? []).flatMap((option) => {
      const directory = process.argv[process.argv.indexOf(option) + 1];
      return process.argv.includes(option) && directory ? [`${directory}/${name}`] : [];
    }),
  );
  return [...(config.also ?? []), ...named, ...beside];
}

/** In place of what follows: the file is longer than what was read of it. */
const CUT_OFF = '\u0000';

/** Text of files as the target sent it: path → lines. */
function filesOf(text: string): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const line of lines(text)) {
    const [path, number, ...rest] = line.split('\t');
    if (rest.length === 0 || !path!.startsWith('./')) continue;
    const clean = path!.slice(1).replace(/\/{2,}/g, '/');
    const at = Number(number);
    // What the question could not have printed was not printed by it.
    if (!Number.isInteger(at) || at < 0 || at > MAX_LINES) continue;
    const list = files.get(clean) ?? [];
    files.set(clean, list);
    list[at === 0 ? MAX_LINES : at - 1] = at === 0 ? CUT_OFF : rest.join('\t');
  }
  return files;
}

/** What has been read of a program's files so far. */
export function readConfiguration(
  { process, program, config }: { process: Process; program: Program; config: ConfigSource },
  answers: Answers,
): Configuration {
  const entries: Entry[] = [];
  const broken: Configuration['broken'] = [];
  const files: string[] = [];
  const seen = new Set<string>();
  let unread: string | null = 'its configuration was not asked for';
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const answer = answers.get(configId(process.pid, round));
    if (!answer) break;
    if (answer.status !== 'answered') unread = 'its configuration could not be fetched';
    else if (answer.code !== 0 && answer.code !== 3) unread = 'its configuration may not be read';
    // No file at all is an answer: the defaults are in force.
    else if (round === 0) unread = null;
    for (const [path, text] of filesOf(answer.text)) {
      if (seen.has(path)) continue;
      seen.add(path);
      files.push(path);
      if (text[MAX_LINES] === CUT_OFF) broken.push({ file: path, line: MAX_LINES + 1 });
      const parsed = parseConfig(config.syntax, text.slice(0, MAX_LINES).join('\n'), path);
      entries.push(...parsed.entries);
      broken.push(...parsed.broken);
    }
  }
  const asked: Record<string, string> = {};
  for (const { key } of program.settings ?? []) {
    const answer = answers.get(askId(process.pid, key));
    if (answer?.status === 'answered' && answer.code === 0) asked[key] = answer.text.trim();
  }
  return { pid: process.pid, programId: program.id, files, entries, broken, asked, unread };
}

export function readConfigurations(programs: readonly RunningProgram[], answers: Answers): Configuration[] {
  return configured(programs).map((one) => readConfiguration(one, answers));
}

/** Includes that the files name and that were not read yet, as absolute patterns. */
export function wantedIncludes(configuration: Configuration, config: ConfigSource): string[] {
  const wanted = configuration.entries.flatMap(({ key, value, file }) => {
    if (!(config.include ?? []).some((pattern) => keyMatches(`**.${pattern}`, key) || keyMatches(pattern, key)))
      return [];
    const path = value
      .slice(0, 4096)
      .split(/[\s,]/)[0]!
      .replace(/^["'<(]+|["'>)]+$/g, '');
    if (path === '') return [];
    return [path.startsWith('/') ? path : `${file.slice(0, file.lastIndexOf('/') + 1)}${path}`];
  });
  return [...new Set(wanted)].filter((path) => !configuration.files.includes(path)).slice(0, 200);
}

const JUDGED_ROLES = new Set(['dns', 'vpn', 'proxy', 'web', 'log']);
const MAX_BINARIES = 200;

/** Processes whose program is held against its package. */
export const judgedBinaries = (programs: readonly RunningProgram[]): Process[] =>
  programs
    .filter(({ process, program }) => program !== null && process.exe !== null && JUDGED_ROLES.has(program.role))
    .slice(0, MAX_BINARIES)
    .map(({ process }) => process);

/** Libraries of a process that a package could have installed. One that was replaced meanwhile cannot be told by its path. */
export const librariesOf = ({ code, exe }: Process): string[] =>
  code.filter((path) => path !== exe && !/ \(deleted\)$|^\/(memfd:|dev\/|SYSV)/.test(path)).slice(0, 200);

/** MD5 of what runs, libraries included, beside what the packages of the same root say. */
export function readIntegrity(programs: readonly RunningProgram[], answers: Answers): BinaryState[] {
  const judged = judgedBinaries(programs);
  const processes = new Map(judged.map((process) => [process.pid, process]));
  const sums = new Map<number, Map<string, string[]>>();
  return lines(answers.get(INTEGRITY_ID)?.text ?? '').flatMap((line) => {
    const [, md5, pid, , library = null] = /^([0-9a-f]{32}) [ *]\/proc\/(\d+)\/(exe|root(\/.+))$/.exec(line) ?? [];
    const process = processes.get(Number(pid));
    if (md5 === undefined || !process) return [];
    const first = judged.find(({ mountNamespace }) => mountNamespace === process.mountNamespace)!.pid;
    const packages = sums.get(first) ?? packagedSums(answers.get(packagedId(first))?.text ?? '');
    sums.set(first, packages);
    const exe = process.exe!.replace(/ \(deleted\)$/, '');
    const packaged = packages.get(withoutUsr(library ?? exe)) ?? [];
    const fromDebian = (answers.get(packagedId(first))?.text ?? '').startsWith('dpkg\n');
    return [
      {
        pid: process.pid,
        exe,
        library,
        running: md5,
        packaged,
        fromDebian,
        deleted: process.exe!.endsWith(' (deleted)'),
      },
    ];
  });
}

/** `MD5  PATH` lines of dpkg, by path. */
function packagedSums(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of lines(text)) {
    const match = /^([0-9a-f]{32}) {2}(\S.*)$/.exec(line);
    if (!match) continue;
    const path = withoutUsr(`/${match[2]}`);
    found.set(path, [...(found.get(path) ?? []), match[1]!]);
  }
  return found;
}

/** /usr/lib and /lib are one place, whichever of both a package names. */
const withoutUsr = (path: string): string => path.replace(/^\/usr\//, '/');
