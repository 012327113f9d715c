/** One server: its birth, its devices, its filter, how it forgets, what it knows, how to end it. */

import type { ServerView } from '@lethe/api/schema';
import type { Server } from '@lethe/api/servers';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { Birth } from '../server/birth.tsx';
import { Details } from '../server/details.tsx';
import { Devices } from '../server/devices.tsx';
import { Failed } from '../server/failed.tsx';
import { Filter } from '../server/filter.tsx';
import { Forgetting } from '../server/forgetting.tsx';
import { Knows } from '../server/knows.tsx';
import { useLive } from '../server/live.ts';
import { Unfinished } from '../server/unfinished.tsx';
import { useFollow } from '../service/follow.ts';
import { serverQuery } from '../service/queries.ts';
import { Icon } from '../ui/icons.tsx';
import { Loading } from '../ui/loading.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { State } from '../ui/state.tsx';
import { hasCode } from '../words/errors.ts';
import { nameOf, serverState } from '../words/server.ts';

export function ServerPage() {
  const { server: id } = useParams({ from: '/session/shell/owner/servers/$server' });
  const server = useQuery({ ...serverQuery(id), refetchInterval: 30_000 });
  useFollow(server.data);
  const gone = hasCode(server.error, 'not_found');
  return (
    <div className="page">
      <div className="stack stack-tight">
        <Link to="/servers" className="back">
          <Icon name="back" />
          Your servers
        </Link>
        {server.data && !gone ? (
          <Head server={server.data} />
        ) : (
          <PageTitle>{gone ? 'No such server' : 'Server'}</PageTitle>
        )}
      </div>
      {server.isPending && <Loading />}
      {gone && <p>You have no server at this address. It may have been deleted.</p>}
      {server.error && !gone && <ErrorNotice error={server.error} retry={server.refetch} />}
      {server.data && !gone && <Body server={server.data} />}
      {server.data && !gone && <Outlet />}
    </div>
  );
}

function Head({ server }: { server: Server }) {
  const { look, text } = serverState(server);
  return (
    <div className="page-head">
      <PageTitle>{nameOf(server)}</PageTitle>
      <State look={look}>{text}</State>
    </div>
  );
}

/** What to show for each state of a server. */
function Body({ server }: { server: Server }) {
  if (!server.view) return <Unfinished server={server} />;
  if (server.view.state === 'deleting')
    return <p className="soft">The host is ending it and clearing what it left. This page follows.</p>;
  if (server.view.state === 'failed') return <Failed server={server} view={server.view} />;
  if (server.view.state !== 'ready') return <Birth id={server.id} view={server.view} />;
  if (server.keyChanged) return <KeyChanged view={server.view} server={server.id} />;
  return <Ready server={server.id} view={server.view} />;
}

/** The service names other keys than when the server was made: nothing here can be trusted but the way to end it. */
function KeyChanged({ server, view }: { server: string; view: ServerView }) {
  return (
    <>
      <Notice kind="error">
        <p>
          The service names another key for this server than when it was made. Its host may have lost the key, or
          somebody is in between. Do not connect new devices to it: delete it and make a new one.
        </p>
      </Notice>
      <Details server={server} view={view} />
    </>
  );
}

function Ready({ server, view }: { server: string; view: ServerView }) {
  const live = useLive(server);
  return (
    <>
      <Devices server={server} live={live} />
      <Filter server={server} live={live} />
      <Forgetting server={server} live={live} />
      <Knows server={server} live={live} />
      <Details server={server} view={view} />
    </>
  );
}
