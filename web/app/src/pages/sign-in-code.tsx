/** Signing in, second step: the code from the mail. */

import { useMutation } from '@tanstack/react-query';
import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { switchAccount, theCustomer } from '../service/customer.ts';
import { queryClient } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { TextField } from '../ui/text-field.tsx';
import { Welcome } from '../ui/welcome.tsx';
import { errorWords, hasCode } from '../words/errors.ts';

const NEXT = { ready: '/servers', new: '/key/new', recovery_needed: '/key/import' } as const;

export function CodePage() {
  const location = useLocation();
  // The address of the page being left loses its state before the page is gone.
  const [email] = useState(location.state.email ?? '');
  const navigate = useNavigate();
  const [code, setCode] = useState('');
  const signIn = useMutation({
    mutationFn: async () => {
      await switchAccount(email);
      return theCustomer().signIn(email, code);
    },
    onSuccess: ({ ownerKey }) => {
      queryClient.removeQueries();
      return navigate({ to: NEXT[ownerKey], replace: true });
    },
  });
  const again = useMutation({ mutationFn: () => theCustomer().requestCode(email), onSuccess: () => signIn.reset() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  const badCode = hasCode(signIn.error, 'wrong_code', 'code_expired');
  return (
    <Welcome>
      <div className="stack stack-tight">
        <PageTitle>Look in your mail</PageTitle>
        <p className="soft">
          We sent a code of eight digits to <strong>{email}</strong>. It works for ten minutes.
        </p>
        {window.location.hostname === 'localhost' && (
          <p className="small soft">
            Trying Lethe on your own machine? Without a mail server the code is printed in its terminal.
          </p>
        )}
      </div>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField
          label="Code"
          look="code"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={9}
          spellCheck={false}
          required
          autoFocus
          value={code}
          onValueChange={setCode}
          error={badCode ? errorWords(signIn.error) : undefined}
        />
        <ErrorNotice error={(badCode ? null : signIn.error) ?? again.error} />
        <Button type="submit" busy={signIn.isPending} busyText="Signing in…">
          Sign in
        </Button>
      </form>
      <div className="actions actions-quiet">
        <Button look="quiet" busy={again.isPending} onClick={() => again.mutate()}>
          {again.isSuccess ? 'Sent again' : 'Send another code'}
        </Button>
        <Link to="/sign-in" className="button button-quiet">
          Use another address
        </Link>
      </div>
    </Welcome>
  );
}
