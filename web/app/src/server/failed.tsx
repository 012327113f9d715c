/** A server that did not come up: where it stopped, why, and what to do. */

import type { ServerView } from '@lethe/api/schema';
import type { Server } from '@lethe/api/servers';
import { Link } from '@tanstack/react-router';
import { Notice } from '../ui/notice.tsx';
import { failureWords, STATIONS, stationOf } from '../words/server.ts';
import { CourseStep } from './birth.tsx';

export function Failed({ server, view }: { server: Server; view: ServerView }) {
  const { what, todo } = failureWords(view.failure);
  const at = stationOf(view);
  return (
    <>
      <Notice kind="error">
        <p>
          <strong>Your server did not come up.</strong> {what}
        </p>
        <p>{todo}</p>
        <Link to="/servers/$server/delete" params={{ server: server.id }} className="button button-danger-plain">
          Delete this server
        </Link>
      </Notice>
      <section className="card" aria-label="How far it came">
        <ol>
          {STATIONS.map((station, index) => (
            <CourseStep
              key={station.id}
              station={station}
              state={index < at ? 'done' : index === at ? 'failed' : 'later'}
            />
          ))}
        </ol>
      </section>
    </>
  );
}
