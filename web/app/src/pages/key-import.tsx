/** Bringing the owner key to a browser that does not have it. */

import { Field } from '@base-ui/react/field';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { resetCustomer, store, theCustomer } from '../service/customer.ts';
import { accountQuery, queryClient } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { Welcome } from '../ui/welcome.tsx';
import { errorWords, hasCode } from '../words/errors.ts';

/** The key itself, also out of the whole text of the saved file. */
const keyIn = (text: string): string => /(?:[0-9A-Za-z]{4}[-\s]){13}[0-9A-Za-z]{4}/.exec(text)?.[0] ?? text;

function keyError(error: unknown): string | undefined {
  if (hasCode(error, 'recovery_key_needed')) return 'This is the recovery key of another account.';
  return hasCode(error, 'bad_encoding') ? errorWords(error) : undefined;
}

export function ImportKeyPage() {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const bring = useMutation({
    mutationFn: () => theCustomer().importRecoveryKey(keyIn(text)),
    onSuccess: async () => {
      await store.markRecoverySaved();
      resetCustomer();
      queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== accountQuery.queryKey[0] });
      await navigate({ to: '/servers', replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    bring.mutate();
  };
  const error = keyError(bring.error);
  return (
    <Welcome>
      <div className="stack stack-tight">
        <PageTitle>Bring your recovery key</PageTitle>
        <p className="soft">
          You are signed in, but this browser does not have the key that your servers obey. Paste the recovery key that
          you saved.
        </p>
      </div>
      <form className="stack" onSubmit={submit} noValidate>
        <Field.Root className="field" invalid={error !== undefined}>
          <Field.Label className="label">Recovery key</Field.Label>
          <Field.Control
            className="input input-key"
            render={<textarea rows={3} />}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            value={text}
            onValueChange={setText}
          />
          <Field.Description className="field-hint">56 letters and digits in groups of four.</Field.Description>
          {error && (
            <Field.Error className="field-error" match role="alert">
              {error}
            </Field.Error>
          )}
        </Field.Root>
        <ErrorNotice error={error ? null : bring.error} />
        <Button type="submit" busy={bring.isPending} busyText="Checking…">
          Use this key
        </Button>
      </form>
      <details>
        <summary>
          <Icon name="forward" />I no longer have it
        </summary>
        <div className="stack">
          <p>
            Look in a browser where you used Lethe before: it is under <em>Account</em> there. Nobody else has it, the
            service included.
          </p>
          <p>
            If it is lost, your servers cannot be changed any more. They end by themselves when their lease is over. You
            can close this account and start again with the same address.
          </p>
          <Link to="/account/close" className="button button-danger-plain">
            Close this account
          </Link>
        </div>
      </details>
    </Welcome>
  );
}
