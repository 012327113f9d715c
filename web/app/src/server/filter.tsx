/** The filter of a server: categories, the owner's own rules, how it answers. Each change is sealed to the server at once. */

import { CATEGORIES, type FilterChoices } from '@lethe/core';
import { useQuery } from '@tanstack/react-query';
import { useChangeSettings } from '../service/change-settings.ts';
import { settingsQuery } from '../service/queries.ts';
import { Choice } from '../ui/choice.tsx';
import { Icon } from '../ui/icons.tsx';
import { Loading } from '../ui/loading.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { Switch } from '../ui/switch.tsx';
import { ANSWER_WORDS, blockedWords, CATEGORY_WORDS, ruleWords } from '../words/filter.ts';
import { InForce, Kept } from './in-force.tsx';
import type { Live } from './live.ts';
import { Rules } from './rules.tsx';

export type ChangeFilter = (change: (filter: FilterChoices) => FilterChoices) => void;

export function Filter({ server, live }: { server: string; live: Live }) {
  const settings = useQuery(settingsQuery(server));
  const saving = useChangeSettings(server);
  const change: ChangeFilter = (filter) => saving.mutate({ filter });
  const state = { live, sending: saving.sending, applied: saving.data?.applied };
  return (
    <section className="stack" aria-labelledby="filter">
      <div className="section-head">
        <h2 id="filter">Filter</h2>
        {settings.data && <InForce {...state} />}
      </div>
      <p className="prose">
        Your server can refuse to look up names, for every device at once. What you choose here is signed and sealed to
        your server: the service carries it and cannot read it.
      </p>
      {settings.isPending && <Loading />}
      <ErrorNotice error={settings.error} retry={settings.refetch} />
      <ErrorNotice error={saving.error} />
      <Kept {...state} again={() => saving.mutate({})} />
      {settings.data && (
        <>
          <Categories filter={settings.data.filter} change={change} />
          {live.status && <Blocked blocked={live.status.blocked} />}
          <div>
            <Own filter={settings.data.filter} change={change} />
            <Answers filter={settings.data.filter} change={change} />
          </div>
        </>
      )}
    </section>
  );
}

interface Part {
  filter: FilterChoices;
  change: ChangeFilter;
}

function Categories({ filter, change }: Part) {
  return (
    <ul className="card switch-list" aria-label="Categories">
      {CATEGORIES.map((category) => (
        <li key={category}>
          <Switch
            label={CATEGORY_WORDS[category].name}
            detail={CATEGORY_WORDS[category].detail}
            checked={filter.categories.includes(category)}
            onChange={(on) =>
              change((before) => ({
                ...before,
                categories: CATEGORIES.filter((one) => (one === category ? on : before.categories.includes(one))),
              }))
            }
          />
        </li>
      ))}
    </ul>
  );
}

const Blocked = ({ blocked }: { blocked: number }) => (
  <p className="prose">
    Blocked since it last forgot: <strong>{blockedWords(blocked)}</strong>.{' '}
    <span className="small soft">
      The number is coarse on purpose, and not split by category: on a server that only you use, an exact one would
      already tell what you do.
    </span>
  </p>
);

function Own({ filter, change }: Part) {
  return (
    <details>
      <summary>
        <Icon name="forward" />
        Your own rules
        <span className="small soft summary-note">{ruleWords(filter)}</span>
      </summary>
      <div className="stack part">
        <p className="small soft prose">
          A rule covers a name and everything below it. The more exact rule wins, and an allowed name wins over a
          blocked one.
        </p>
        <div className="rules">
          <Rules kind="block" filter={filter} change={change} />
          <Rules kind="allow" filter={filter} change={change} />
        </div>
      </div>
    </details>
  );
}

function Answers({ filter, change }: Part) {
  return (
    <details>
      <summary>
        <Icon name="forward" />
        How it answers
      </summary>
      <div className="stack part">
        <fieldset>
          <legend className="legend">Answer blocked names with</legend>
          {(['nxdomain', 'zero'] as const).map((answer) => (
            <Choice
              key={answer}
              name="answer"
              value={answer}
              checked={filter.answer === answer}
              onChoose={() => change((before) => ({ ...before, answer }))}
              label={ANSWER_WORDS[answer].name}
              detail={ANSWER_WORDS[answer].detail}
            />
          ))}
        </fieldset>
        <div className="card switch-list">
          <Switch
            label="Tell browsers not to bypass it"
            detail="Some browsers and systems ask a resolver of their own. This asks them to use your server's."
            checked={filter.signals}
            onChange={(signals) => change((before) => ({ ...before, signals }))}
          />
        </div>
      </div>
    </details>
  );
}
