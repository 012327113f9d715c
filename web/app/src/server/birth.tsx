/** Honest progress: the stations a server really reports, and the seconds since it was asked for. */

import type { ServerView } from '@lethe/api/schema';
import { Link } from '@tanstack/react-router';
import { useSeconds } from '../service/seconds.ts';
import { askedAt } from '../service/started.ts';
import { Icon } from '../ui/icons.tsx';
import { count } from '../words/format.ts';
import { STATIONS, type Station, stationOf } from '../words/server.ts';

/** Seconds after which the page says that this is longer than usual. */
const LONG_S = 45;

export function Birth({ id, view }: { id: string; view: ServerView }) {
  const asked = askedAt(id);
  const seconds = useSeconds(asked);
  const at = stationOf(view);
  return (
    <section className="card" aria-labelledby="birth">
      <div className="course-head">
        <h2 id="birth">Your server is being made</h2>
        <p className="small soft numbers">
          {count(seconds, 'second')} {asked === null ? 'on this page' : 'so far'}
        </p>
      </div>
      <p className="out-of-sight" role="status">
        {STATIONS[at]!.name}: {STATIONS[at]!.detail}
      </p>
      <ol>
        {STATIONS.map((station, index) => (
          <CourseStep key={station.id} station={station} state={index < at ? 'done' : index === at ? 'now' : 'later'} />
        ))}
      </ol>
      {seconds >= LONG_S && (
        <p className="small soft course-foot">
          This takes longer than usual. You can wait, come back later, or{' '}
          <Link to="/servers/$server/delete" params={{ server: id }}>
            delete it
          </Link>
          .
        </p>
      )}
    </section>
  );
}

export type StepState = 'done' | 'now' | 'later' | 'failed';
const SPOKEN: Record<StepState, string> = { done: 'done', now: 'under way', later: 'not yet', failed: 'failed here' };

export function CourseStep({ station, state }: { station: Station; state: StepState }) {
  return (
    <li className="course-step" data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span className="course-mark">
        {state === 'done' && <Icon name="check" />}
        {state === 'failed' && <Icon name="cross" />}
      </span>
      <div>
        <p className="course-name">
          {station.name}
          <span className="out-of-sight">, {SPOKEN[state]}</span>
        </p>
        {state === 'now' && <p className="small soft">{station.detail}</p>}
      </div>
    </li>
  );
}
