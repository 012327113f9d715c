/** Ending a server, after a question. */

import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { theCustomer } from '../service/customer.ts';
import { queryClient, serverQuery, serversQuery } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { RouteDialog } from '../ui/route-dialog.tsx';
import { nameOf } from '../words/server.ts';

export function DeleteServerDialog() {
  const navigate = useNavigate();
  const params = useParams({ from: '/session/shell/owner/servers/$server/delete' });
  const server = useQuery(serverQuery(params.server)).data;
  const end = useMutation({
    mutationFn: () => theCustomer().deleteServer(params.server),
    onSuccess: async () => {
      await queryClient.invalidateQueries(serversQuery);
      await navigate({ to: '/servers', replace: true });
      queryClient.removeQueries(serverQuery(params.server));
    },
  });
  const close = () => navigate({ to: '/servers/$server', params, replace: true });
  if (!server) return null;
  return (
    <RouteDialog
      alert
      busy={end.isPending}
      onClose={close}
      title={`Delete ${nameOf(server)}?`}
      description="Its devices lose their connection at once. Its keys end with it: a new server needs new settings on every device. This cannot be undone."
    >
      <ErrorNotice error={end.error} />
      <div className="actions">
        <Button look="plain" onClick={close}>
          Keep it
        </Button>
        <Button look="danger" busy={end.isPending} busyText="Deleting…" onClick={() => end.mutate()}>
          Delete
        </Button>
      </div>
    </RouteDialog>
  );
}
