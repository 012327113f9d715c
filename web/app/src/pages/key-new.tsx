/** The recovery key, right after the owner key was made. */

import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { store } from '../service/customer.ts';
import { queryClient } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { RecoveryKey } from '../ui/recovery-key.tsx';
import { Welcome } from '../ui/welcome.tsx';

export function NewKeyPage() {
  const navigate = useNavigate();
  const [safe, setSafe] = useState(false);
  const [asked, setAsked] = useState(false);
  const go = async (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!safe) return;
    await store.markRecoverySaved();
    queryClient.removeQueries({ queryKey: ['recovery-saved'] });
    await navigate({ to: '/servers', replace: true });
  };
  return (
    <Welcome>
      <div className="stack stack-tight">
        <PageTitle>Keep your recovery key</PageTitle>
        <p className="soft">
          Your servers obey a key that was just made in this browser. With this text you can bring it to another
          browser, or back to this one. The service does not have it and cannot reset it.
        </p>
      </div>
      <RecoveryKey />
      <form className="stack" onSubmit={go} noValidate>
        <div className="field">
          <label className="check">
            <input
              type="checkbox"
              checked={safe}
              aria-invalid={asked && !safe}
              aria-describedby={asked && !safe ? 'not-safe' : undefined}
              onChange={(event) => setSafe(event.currentTarget.checked)}
            />
            I have put it in a safe place
          </label>
          {asked && !safe && (
            <p className="field-error" id="not-safe" role="alert">
              Save the key first, then tick this box.
            </p>
          )}
        </div>
        <div className="actions">
          <Button type="submit">Continue</Button>
          <Button look="quiet" onClick={() => navigate({ to: '/servers', replace: true })}>
            Remind me later
          </Button>
        </div>
      </form>
    </Welcome>
  );
}
