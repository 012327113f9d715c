/** Closing the account: servers first, then everything the service has. */

import type { ClosedServer } from '@lethe/api/close-account';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { resetCustomer, theCustomer } from '../service/customer.ts';
import { ownerKeyQuery, queryClient } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { RouteDialog } from '../ui/route-dialog.tsx';
import { closedQuery } from './closed.tsx';

export function CloseAccountDialog() {
  const navigate = useNavigate();
  const ownerKey = useQuery(ownerKeyQuery);
  const [done, setDone] = useState<ClosedServer[]>([]);
  const end = useMutation({
    mutationFn: () => theCustomer().closeAccount((one) => setDone((old) => [...old, one])),
    onSuccess: async (closed) => {
      resetCustomer();
      queryClient.setQueryData(closedQuery.queryKey, closed);
      await navigate({ to: '/closed', replace: true });
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== closedQuery.queryKey[0] });
    },
  });
  const close = () => navigate({ to: '/account', replace: true });
  const lost = ownerKey.data === 'needed';
  return (
    <RouteDialog
      alert
      busy={end.isPending}
      onClose={close}
      title="Close your account?"
      description={
        lost
          ? 'Everything the service holds about you is deleted now. Your servers need your key to be deleted, and this browser does not have it: they end when their lease is over.'
          : 'Your servers are deleted first, then everything the service holds about you. This cannot be undone.'
      }
    >
      {end.isPending && (
        <p className="small soft" role="status">
          {done.length === 0
            ? 'Asking your servers to end…'
            : `Finished with ${done.map((one) => one.name ?? 'a server').join(', ')}.`}
        </p>
      )}
      <ErrorNotice error={end.error} />
      <div className="actions">
        <Button look="plain" onClick={close}>
          Keep my account
        </Button>
        <Button look="danger" busy={end.isPending} busyText="Closing…" onClick={() => end.mutate()}>
          Close account
        </Button>
      </div>
    </RouteDialog>
  );
}
