/** Signing in, first step: where to send the code. The same for new and known addresses. */

import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { theCustomer } from '../service/customer.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { TextField } from '../ui/text-field.tsx';
import { Welcome } from '../ui/welcome.tsx';
import { errorWords, hasCode } from '../words/errors.ts';

export function SignInPage() {
  const navigate = useNavigate();
  const [email, setEmail] = useState('');
  const send = useMutation({
    mutationFn: () => theCustomer().requestCode(email),
    onSuccess: () => navigate({ to: '/sign-in/code', state: { email: email.trim() } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate();
  };
  const badEmail = hasCode(send.error, 'bad_email');
  return (
    <Welcome>
      <div className="stack stack-tight">
        <PageTitle>Sign in</PageTitle>
        <p className="soft">New here? It is the same form: your account is made when you first sign in.</p>
      </div>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField
          label="E-mail"
          type="email"
          name="email"
          autoComplete="email"
          inputMode="email"
          required
          value={email}
          onValueChange={setEmail}
          error={badEmail ? errorWords(send.error) : undefined}
        />
        <ErrorNotice error={badEmail ? null : send.error} />
        <Button type="submit" busy={send.isPending} busyText="Sending…">
          Send me a code
        </Button>
      </form>
      <p className="small soft">
        Your account holds this address, your plan and the day it was made. Your servers and devices are not stored with
        it.
      </p>
    </Welcome>
  );
}
