/** After the account was closed: what is gone, and what could not be reached. */

import type { ClosedServer } from '@lethe/api/close-account';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { Welcome } from '../ui/welcome.tsx';
import { count, dayWords } from '../words/format.ts';

/** Filled when an account is closed; empty after a reload. */
export const closedQuery = queryOptions({
  queryKey: ['closed'],
  queryFn: async (): Promise<ClosedServer[]> => [],
  staleTime: Number.POSITIVE_INFINITY,
});

export function ClosedPage() {
  const { data: closed = [] } = useQuery(closedQuery);
  const gone = closed.filter((one) => one.outcome === 'deleted');
  const left = closed.filter((one) => one.outcome !== 'deleted');
  return (
    <Welcome>
      <div className="stack stack-tight">
        <PageTitle>Your account is closed</PageTitle>
        <p className="soft">
          What the service held about you is deleted.
          {gone.length > 0 && ` ${count(gone.length, 'server')} deleted and confirmed.`}
        </p>
      </div>
      {left.length > 0 && (
        <Notice kind="caution">
          <p>These servers did not confirm that they are gone. They end by themselves when their lease is over.</p>
          <ul className="plain-list">
            {left.map((one) => (
              <li key={one.id}>
                <strong>{one.name ?? 'A server'}</strong>:{' '}
                {one.outcome === 'deleting' ? 'told to end' : 'could not be reached'}
                {one.leaseUntil && `, ends by ${dayWords(one.leaseUntil)} at the latest`}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <p>
        <Link to="/sign-in">Start again</Link>
      </p>
    </Welcome>
  );
}
