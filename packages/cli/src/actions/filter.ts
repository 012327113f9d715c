/** What the verbs of `lethe filter` do. */

import { domainToASCII } from 'node:url';
import type { ChangedSettings, OwnerSettings, SettingsChange } from '@lethe/api';
import { CATEGORIES, type Category, type FilterChoices, filterName, LetheError } from '@lethe/core';
import type { Io } from '../io.ts';
import { facts, good, note } from '../output.ts';
import type { Result } from '../run.ts';

interface SetFlags {
  categories?: string;
  answer?: FilterChoices['answer'];
  signals?: 'on' | 'off';
}
interface RuleFlags {
  remove?: boolean;
  server?: string;
}

export async function show(io: Io, ref: string | undefined): Promise<Result> {
  const settings = await io.customer.settings(ref);
  return { data: settings, text: described(settings) };
}

const described = ({ server, filter }: OwnerSettings): string =>
  facts([
    ['Server', server.name],
    ['Blocks', filter.categories.join(', ') || 'no category'],
    ['Answer', filter.answer === 'zero' ? '0.0.0.0 and ::' : 'no such domain'],
    ['Signals', filter.signals ? 'browsers are told not to bypass it' : 'off'],
    ['Your blocks', filter.block.join(', ') || 'none'],
    ['Your exceptions', filter.allow.join(', ') || 'none'],
  ]);

export async function set(io: Io, ref: string | undefined, flags: SetFlags): Promise<Result> {
  const filter: Partial<FilterChoices> = {
    ...(flags.categories !== undefined && { categories: categoriesOf(flags.categories) }),
    ...(flags.answer !== undefined && { answer: flags.answer }),
    ...(flags.signals !== undefined && { signals: flags.signals === 'on' }),
  };
  if (Object.keys(filter).length === 0)
    throw new LetheError(
      'bad_request',
      'Say what to change: --categories, --answer or --signals. Nothing was changed.',
    );
  return change(io, { filter }, ref);
}

function categoriesOf(text: string): Category[] {
  const names = text === 'none' ? [] : text.split(',').map((name) => name.trim());
  const known = (name: string): name is Category => (CATEGORIES as readonly string[]).includes(name);
  if (!names.every(known))
    throw new LetheError('bad_request', `The categories are ${CATEGORIES.join(', ')}. Nothing was changed.`);
  return names;
}

export const block = (io: Io, names: string[], flags: RuleFlags): Promise<Result> => rules(io, 'block', names, flags);
export const allow = (io: Io, names: string[], flags: RuleFlags): Promise<Result> => rules(io, 'allow', names, flags);

function rules(io: Io, kind: 'block' | 'allow', names: string[], flags: RuleFlags): Promise<Result> {
  const given = names.map((name) => filterName(domainToASCII(name.replace(/\.$/, '')) || name));
  const other = kind === 'block' ? 'allow' : 'block';
  const filter = (before: FilterChoices): FilterChoices => {
    const rest = before[kind].filter((name) => !given.includes(name));
    if (flags.remove) return { ...before, [kind]: rest };
    return { ...before, [kind]: [...rest, ...given], [other]: before[other].filter((name) => !given.includes(name)) };
  };
  return change(io, { filter }, flags.server);
}

async function change(io: Io, wanted: SettingsChange, ref: string | undefined): Promise<Result> {
  io.progress.step('Sealing the settings to the server');
  const changed = await io.customer.changeSettings(wanted, ref);
  io.progress.end();
  return { data: changed, text: `${appliedLine(changed)}\n${described(changed)}` };
}

/** What became of a change. */
export const appliedLine = ({ applied, server }: ChangedSettings): string =>
  applied
    ? good(`In force on ${server.name}.`)
    : note(
        `Signed and kept, but ${server.name} does not answer: send it again with the same command once it is ready.`,
      );
