/** The owner's own rules of one kind: names that are always blocked, or never. */

import { type FilterChoices, LetheError, MAX_FILTER_RULES } from '@lethe/core';
import { type FormEvent, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { TextField } from '../ui/text-field.tsx';
import { ruleOf } from '../words/rule.ts';
import type { ChangeFilter } from './filter.tsx';

const WORDS = {
  block: { title: 'Always block', label: 'Name to block', none: 'No name of your own is blocked.' },
  allow: { title: 'Never block', label: 'Name to allow', none: 'No name is exempt.' },
} as const;

interface Props {
  kind: 'block' | 'allow';
  filter: FilterChoices;
  change: ChangeFilter;
}

export function Rules({ kind, filter, change }: Props) {
  const { title, none } = WORDS[kind];
  const names = filter[kind];
  const field = useRef<HTMLInputElement>(null);
  const remove = (name: string): void => {
    change((before) => ({ ...before, [kind]: before[kind].filter((one) => one !== name) }));
    // The button that had the focus goes away with its row.
    field.current?.focus();
  };
  return (
    <section className="stack" aria-labelledby={`rules-${kind}`}>
      <h3 id={`rules-${kind}`}>{title}</h3>
      <NewRule kind={kind} filter={filter} change={change} field={field} />
      {names.length === 0 && <p className="small soft">{none}</p>}
      {names.length > 0 && (
        <ul className="card rule-list">
          {names.map((name) => (
            <li key={name}>
              <span className="mono" translate="no">
                {name}
              </span>
              <button
                type="button"
                className="button button-icon"
                aria-label={`Remove ${name}`}
                onClick={() => remove(name)}
              >
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function NewRule({ kind, filter, change, field }: Props & { field: React.RefObject<HTMLInputElement | null> }) {
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const { name, problem } = checked(typed, kind, filter);
    setError(problem);
    field.current?.focus();
    if (name === undefined) return;
    setTyped('');
    const other = kind === 'block' ? 'allow' : 'block';
    change((before) => ({
      ...before,
      [kind]: [...before[kind].filter((one) => one !== name), name],
      [other]: before[other].filter((one) => one !== name),
    }));
  };
  return (
    <form className="add-line" onSubmit={add} noValidate>
      <TextField
        ref={field}
        label={WORDS[kind].label}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setError(undefined);
        }}
        placeholder="ads.example.com"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        error={error}
      />
      <Button type="submit" look="plain">
        Add
      </Button>
    </form>
  );
}

/** The name that was typed, or what is wrong with it. */
function checked(typed: string, kind: Props['kind'], filter: FilterChoices): { name?: string; problem?: string } {
  if (typed.trim() === '') return { problem: 'Write a name first, like ads.example.com.' };
  try {
    const name = ruleOf(typed);
    if (filter[kind].includes(name)) return { problem: 'That name is in the list already.' };
    if (filter.block.length + filter.allow.length >= MAX_FILTER_RULES)
      return { problem: `A server holds at most ${MAX_FILTER_RULES} rules. Remove one to add another.` };
    return { name };
  } catch (error) {
    if (error instanceof LetheError) return { problem: error.message };
    throw error;
  }
}
