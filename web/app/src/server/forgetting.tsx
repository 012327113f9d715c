/** When a server forgets: on the owner's word, and by itself after a silence. */

import { FORGET_AFTER_S } from '@lethe/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import { useChangeSettings } from '../service/change-settings.ts';
import { settingsQuery } from '../service/queries.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { count, spanWords } from '../words/format.ts';
import { InForce } from './in-force.tsx';
import type { Live } from './live.ts';

const STEP_S = 30;

export function Forgetting({ server, live }: { server: string; live: Live }) {
  return (
    <section className="stack" aria-labelledby="forgetting">
      <h2 id="forgetting">Forgetting</h2>
      <p className="prose">
        {live.status ? (
          <>
            Your server <strong>forgot everything {spanWords(live.status.uptimeS)} ago</strong>, in its own signed
            words.
          </>
        ) : (
          'Your server could not be asked just now when it last forgot.'
        )}{' '}
        It also forgets with every restart, and a day after it last did at the latest.
      </p>
      <div className="actions">
        <Link to="/servers/$server/forget" params={{ server }} className="button button-plain">
          Forget now
        </Link>
      </div>
      <Silence server={server} live={live} />
    </section>
  );
}

function Silence({ server, live }: { server: string; live: Live }) {
  const settings = useQuery(settingsQuery(server));
  const saving = useChangeSettings(server);
  const id = useId();
  if (!settings.data) return null;
  const { forgetAfterS } = settings.data;
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        Forget by itself after this silence of all devices
      </label>
      <div className="actions">
        <select
          id={id}
          className="input select"
          aria-describedby={`${id}-why`}
          value={forgetAfterS}
          onChange={(event) => saving.mutate({ forgetAfterS: Number(event.target.value) })}
        >
          {spans(forgetAfterS).map((seconds) => (
            <option key={seconds} value={seconds}>
              {count(seconds, 'second')}
            </option>
          ))}
        </select>
        {!saving.isIdle && !saving.isError && (
          <InForce live={live} sending={saving.isPending} applied={saving.data?.applied} />
        )}
      </div>
      <p className="field-hint prose" id={`${id}-why`}>
        WireGuard has no end of session: a device that leaves says nothing. After {FORGET_AFTER_S.most} seconds without
        a handshake its session is void, so that is the honest bound. A shorter one may forget while a device only
        sleeps; it then reconnects by itself.
      </p>
      <ErrorNotice error={saving.error} />
    </div>
  );
}

/** The spans to choose from, with the one in use, which may have been set elsewhere to any second. */
function spans(current: number): number[] {
  const { least, most } = FORGET_AFTER_S;
  const steps = Array.from({ length: (most - least) / STEP_S + 1 }, (_, index) => least + index * STEP_S);
  return [...new Set([...steps, current])].toSorted((a, b) => a - b);
}
