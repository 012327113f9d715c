/** A server the service does not know: its creation was cut off, or it ended without this browser. */

import type { Server } from '@lethe/api/servers';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { theCustomer } from '../service/customer.ts';
import { serverQuery, serversQuery } from '../service/queries.ts';
import { markAsked } from '../service/started.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { hasCode } from '../words/errors.ts';

export function Unfinished({ server }: { server: Server }) {
  const client = useQueryClient();
  const resume = useMutation({
    mutationFn: () => theCustomer().createServer({ ...(server.name && { name: server.name }), waitMs: 0 }),
    onSettled: () => {
      markAsked(server.id);
      return Promise.all([client.invalidateQueries(serverQuery(server.id)), client.invalidateQueries(serversQuery)]);
    },
  });
  return (
    <>
      <Notice kind="caution">
        <p>
          {server.unfinished
            ? 'Asking for this server was cut off before the service confirmed it. You can go on where it stopped; it counts once.'
            : 'The service no longer has this server. Its lease is over, or it was deleted elsewhere.'}
        </p>
      </Notice>
      <ErrorNotice error={hasCode(resume.error, 'timeout') ? null : resume.error} />
      <div className="actions">
        {server.unfinished && (
          <Button busy={resume.isPending} busyText="Asking again…" onClick={() => resume.mutate()}>
            Go on
          </Button>
        )}
        <Link to="/servers/$server/delete" params={{ server: server.id }} className="button button-danger-plain">
          Remove it from the list
        </Link>
      </div>
    </>
  );
}
