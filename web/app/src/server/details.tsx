/** The facts of a server that few need, and its end. */

import type { ServerView } from '@lethe/api/schema';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { regionsQuery } from '../service/queries.ts';
import { dayWords } from '../words/format.ts';
import { ENGINES } from '../words/server.ts';

export function Details({ server, view }: { server: string; view: ServerView }) {
  const regions = useQuery(regionsQuery);
  const region = regions.data?.find((one) => one.id === view.region)?.name ?? view.region;
  return (
    <section className="stack" aria-labelledby="details">
      <h2 id="details">Details</h2>
      <dl className="facts">
        <Fact name="Place">{region}</Fact>
        <Fact name="Kind of machine">
          {ENGINES[view.engine].name}. <span className="soft">{ENGINES[view.engine].detail}</span>
        </Fact>
        <Fact name="Lease">Until {dayWords(view.leaseUntil)}; then it ends by itself.</Fact>
        <Fact name="Address">
          <span className="mono">{view.endpoints.join(', ')}</span>
        </Fact>
        <Fact name="Public key">
          <span className="mono">{view.wireguardKey}</span>
        </Fact>
      </dl>
      <div className="danger-zone">
        <Link to="/servers/$server/delete" params={{ server }} className="button button-danger-plain">
          Delete this server
        </Link>
      </div>
    </section>
  );
}

export const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
