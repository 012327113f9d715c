/** Signing out, and on request forgetting the owner key on this browser. */

import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { resetCustomer, store, theCustomer } from '../service/customer.ts';
import { queryClient, recoverySavedQuery } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { RouteDialog } from '../ui/route-dialog.tsx';

export function SignOutDialog() {
  const navigate = useNavigate();
  const saved = useQuery(recoverySavedQuery);
  const [forget, setForget] = useState(false);
  const leave = useMutation({
    mutationFn: async () => {
      await theCustomer().signOut();
      if (forget) await store.clear();
    },
    onSuccess: async () => {
      resetCustomer();
      await navigate({ to: '/sign-in', replace: true });
      queryClient.removeQueries();
    },
  });
  const close = () => navigate({ to: '/account', replace: true });
  return (
    <RouteDialog
      title="Sign out?"
      busy={leave.isPending}
      onClose={close}
      description="Your servers go on running, and connected devices stay connected."
    >
      <label className="check">
        <input type="checkbox" checked={forget} onChange={(event) => setForget(event.currentTarget.checked)} />
        Also remove my key from this browser
      </label>
      {forget && saved.data === false && (
        <Notice kind="caution">
          <p>You have not said that your recovery key is saved. Without it nobody can manage your servers again.</p>
        </Notice>
      )}
      <ErrorNotice error={leave.error} />
      <div className="actions">
        <Button look="plain" onClick={close}>
          Stay
        </Button>
        <Button
          look={forget ? 'danger' : 'primary'}
          busy={leave.isPending}
          busyText="Signing out…"
          onClick={() => leave.mutate()}
        >
          Sign out
        </Button>
      </div>
    </RouteDialog>
  );
}
