/** All servers of the customer. */

import type { Server } from '@lethe/api/servers';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { isMoving } from '../service/follow.ts';
import { recoverySavedQuery, regionsQuery, serversQuery } from '../service/queries.ts';
import { Icon } from '../ui/icons.tsx';
import { Loading } from '../ui/loading.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { State } from '../ui/state.tsx';
import { count } from '../words/format.ts';
import { nameOf, serverState } from '../words/server.ts';

export function ServersPage() {
  const servers = useQuery({
    ...serversQuery,
    refetchInterval: (query) => (query.state.data?.some(isMoving) ? 2000 : false),
  });
  return (
    <div className="page">
      <div className="page-head">
        <PageTitle>Your servers</PageTitle>
        {servers.data && servers.data.length > 0 && <NewServerLink />}
      </div>
      <SaveKeyNotice />
      {servers.isPending && <Loading />}
      <ErrorNotice error={servers.error} retry={servers.refetch} />
      {servers.data?.length === 0 && <NoServers />}
      {servers.data && servers.data.length > 0 && (
        <ul className="server-list">
          {servers.data.map((server) => (
            <ServerCard key={server.id} server={server} />
          ))}
        </ul>
      )}
    </div>
  );
}

const NewServerLink = () => (
  <Link to="/servers/new" className="button">
    <Icon name="plus" />
    New server
  </Link>
);

function ServerCard({ server }: { server: Server }) {
  const regions = useQuery(regionsQuery);
  const { look, text } = serverState(server);
  const region = regions.data?.find((one) => one.id === server.view?.region)?.name ?? server.view?.region;
  const facts = [region, server.deviceCount === null ? null : count(server.deviceCount, 'device')];
  return (
    <li className="card server-card">
      <div>
        <h2>
          <Link to="/servers/$server" params={{ server: server.id }}>
            {nameOf(server)}
          </Link>
        </h2>
        <p className="small soft">{facts.filter(Boolean).join(' · ')}</p>
      </div>
      <State look={look}>{text}</State>
    </li>
  );
}

function NoServers() {
  return (
    <section className="card empty" aria-label="No server yet">
      <svg className="empty-art" viewBox="0 0 88 44" aria-hidden="true">
        <path d="M4 14q10-9 20 0t20 0 20 0 20 0" />
        <path strokeOpacity=".5" d="M12 26q8-7 16 0t16 0 16 0 16 0" />
        <path strokeOpacity=".22" d="M24 37q6.5-5.5 13 0t13 0 13 0" />
      </svg>
      <h2>No server yet</h2>
      <p className="soft prose">It takes a few seconds, and you can delete it at any moment.</p>
      <Link to="/servers/new" className="button">
        Get a server
      </Link>
    </section>
  );
}

function SaveKeyNotice() {
  const saved = useQuery(recoverySavedQuery);
  if (saved.data !== false) return null;
  return (
    <Notice kind="caution">
      <p>
        Your recovery key is only in this browser so far. Browsers can lose such data.{' '}
        <Link to="/key/new">Save it now</Link>
      </p>
    </Notice>
  );
}
