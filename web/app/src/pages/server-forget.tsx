/** "Forget now", after a question, until the server itself says that it did. */

import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { theCustomer } from '../service/customer.ts';
import { queryClient, statusQuery } from '../service/queries.ts';
import { useSeconds } from '../service/seconds.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { RouteDialog } from '../ui/route-dialog.tsx';
import { forgetErrorWords } from '../words/errors.ts';
import { count, spanWords } from '../words/format.ts';

export function ForgetDialog() {
  const navigate = useNavigate();
  const { server } = useParams({ from: '/session/shell/owner/servers/$server/forget' });
  const close = () => navigate({ to: '/servers/$server', params: { server }, replace: true });
  const forget = useMutation({
    mutationFn: () => theCustomer().forget(server),
    onSettled: () => queryClient.invalidateQueries(statusQuery(server)),
  });
  if (forget.isSuccess) return <Done server={server} ms={forget.data.ms} onClose={close} />;
  return (
    <RouteDialog
      alert
      busy={forget.isPending}
      onClose={close}
      title="Forget everything now?"
      description="Your server starts anew with nothing in memory. Open connections break off; devices reconnect by themselves within seconds."
    >
      {forget.isPending && <Progress />}
      {forget.error && (
        <Notice kind="error">
          <p>{forgetErrorWords(forget.error)}</p>
        </Notice>
      )}
      <div className="actions">
        {!forget.isPending && (
          <Button look="plain" onClick={close}>
            Not now
          </Button>
        )}
        <Button busy={forget.isPending} busyText="Forgetting…" onClick={() => forget.mutate()}>
          Forget now
        </Button>
      </div>
    </RouteDialog>
  );
}

function Progress() {
  const seconds = useSeconds(null);
  return (
    <div>
      <p role="status">Your server was asked to forget. Waiting until it says itself, signed, that it did.</p>
      <p className="small soft numbers">{count(seconds, 'second')} so far</p>
    </div>
  );
}

function Done({ server, ms, onClose }: { server: string; ms: number; onClose: () => void }) {
  const { data } = useQuery({ ...statusQuery(server), enabled: false });
  return (
    <RouteDialog title="Your server forgot everything" onClose={onClose}>
      <p role="status">
        It answered again {spanWords(Math.ceil(ms / 1000))} after you asked
        {data ? `, and forgot everything ${spanWords(data.uptimeS)} ago, in its own signed words` : ''}.
      </p>
      <div className="actions">
        <Button onClick={onClose}>Close</Button>
      </div>
    </RouteDialog>
  );
}
