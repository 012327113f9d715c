import { keyMatches } from '../config/key.ts';
import type { Configuration, Process } from '../facts/facts.ts';
import type { Program, Setting } from '../knowledge/program.ts';
import { type Contrary, check, nothing, processName } from './check.ts';

/** A value in force, and where it comes from. */
interface Effective {
  value: string | null;
  where: string;
}

/** The one judgement for all known programs: what their settings, or their mere running, make them record. */
export const programRecords = check({
  id: 'program-records',
  claims: ['CL-01', 'CL-02', 'CL-03', 'CL-04', 'CL-05', 'CL-06', 'CL-07', 'CL-10'],
  pass: 'Every known program runs with its recording off.',
  why: 'What a daemon writes on its own is the usual way in which a server keeps a history, often by default.',
  needs: ['programs', 'configurations'],
  judge({ programs, configurations }) {
    const outcome = nothing();
    const always = new Set<Program>();
    for (const { process, program } of programs) {
      if (!program?.always || always.has(program)) continue;
      always.add(program);
      outcome.contrary.push({
        title: `${program.name} ${program.always.records}`,
        where: processName(process),
        claims: program.always.claims,
        mend: program.always.mend,
      });
    }
    for (const { process, program } of programs) {
      if (!program?.settings || program.always) continue;
      const configuration = configurations.find(({ pid }) => pid === process.pid);
      // A worker of a program that is judged by its first process.
      if (program.config && !configuration) continue;
      if (configuration?.unread) {
        outcome.open.push(`${program.name} (pid ${process.pid}): ${configuration.unread}.`);
        continue;
      }
      outcome.contrary.push(...judgeProgram(process, program, configuration));
      if (configuration && configuration.broken.length > 0) {
        const { file, line } = configuration.broken[0]!;
        outcome.open.push(
          `${program.name}: ${configuration.broken.length} places of its configuration could not be read, the first in ${file}:${line}.`,
        );
      }
    }
    return outcome;
  },
});

function judgeProgram(process: Process, program: Program, configuration: Configuration | undefined): Contrary[] {
  return (program.settings ?? []).flatMap((setting) => {
    const { when } = setting;
    if (when) {
      const [given] = effective(
        { ...setting, ...when, key: when.key, occurrences: 'last' },
        process,
        configuration,
        null,
      );
      if (!matches(when.matches, given?.value ?? '')) return [];
    }
    return effective(setting, process, configuration, program.config?.assign)
      .filter(({ value }) => value !== null && !matches(setting.silent, value))
      .map(({ value, where }) => ({
        title: `${program.name} ${setting.records}`,
        where: `${last(setting.key)} = ${short(value!)}, ${where}`,
        claims: [...new Set([...setting.claims, 'CL-10' as const])],
        mend: setting.mend,
      }));
  });
}

/** The values in force of a setting, `assign` being null where only files count: the running program's word, the command line, the environment, the files, the default. */
function effective(
  setting: Setting,
  process: Process,
  configuration: Configuration | undefined,
  assign: readonly string[] | null = [],
): Effective[] {
  const own = assign !== null;
  const said = own ? answered(setting, configuration?.asked[setting.key]) : undefined;
  if (said !== undefined) return [{ value: said, where: `said by ${processName(process)}` }];
  if (own) {
    const given = optionValue(setting.option ?? [], process.argv);
    if (given !== null) return [{ value: given, where: `on the command line of ${processName(process)}` }];
    const assigned = assignedValue(assign, setting.key, process.argv);
    if (assigned !== null) return [{ value: assigned, where: `on the command line of ${processName(process)}` }];
    const variable = setting.env === undefined ? undefined : process.environment[setting.env];
    if (variable !== undefined)
      return [{ value: variable, where: `${setting.env} in the environment of ${processName(process)}` }];
  }
  const found = (configuration?.entries ?? []).filter(({ key }) => keyMatches(setting.key, key));
  if (found.length === 0)
    return [{ value: setting.absent, where: `by default, nothing is set in ${processName(process)}` }];
  const counted = setting.occurrences === 'each' ? found : found.slice(-1);
  return counted.map(({ value, file, line }) => ({ value, where: `${file}:${line}` }));
}

/** Value of a setting given as `-c KEY=VALUE`. */
function assignedValue(options: readonly string[], key: string, argv: readonly string[]): string | null {
  let value: string | null = null;
  for (const [index, argument] of argv.entries()) {
    if (!options.includes(argument)) continue;
    const [name = '', ...rest] = (argv[index + 1] ?? '').split('=');
    if (keyMatches(key, name.toLowerCase().replaceAll('-', '_'))) value = rest.join('=');
  }
  return value;
}

/** The value in what the running program said; undefined if it said nothing. */
function answered({ said }: Setting, answer: string | undefined): string | undefined {
  if (answer === undefined || said === undefined) return answer;
  return new RegExp(said, 'm').exec(answer)?.[1];
}

/** Value of the last of these options on a command line; a bare one has `yes`. */
function optionValue(options: readonly string[], argv: readonly string[]): string | null {
  let value: string | null = null;
  for (const [index, argument] of argv.entries()) {
    for (const option of options) {
      if (argument.startsWith(`${option}=`)) value = argument.slice(option.length + 1);
      else if (argument === option) {
        const next = argv[index + 1];
        value = next === undefined || next.startsWith('-') ? 'yes' : next;
      }
    }
  }
  return value;
}

const matches = (pattern: string, value: string): boolean => new RegExp(`^(?:${pattern})$`, 'i').test(value);

const last = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
const short = (value: string): string =>
  value.length > 60 ? `${value.slice(0, 60)}…` : value === '' ? '(empty)' : value;
