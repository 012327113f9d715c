/** The account: what is stored, the recovery key, leaving. */

import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useState } from 'react';
import { Fact } from '../server/details.tsx';
import { accountQuery, ownerKeyQuery } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { Loading } from '../ui/loading.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { RecoveryKey } from '../ui/recovery-key.tsx';
import { dayWords } from '../words/format.ts';

export function AccountPage() {
  return (
    <div className="page">
      <PageTitle>Account</PageTitle>
      <Stored />
      <Recovery />
      <section className="stack" aria-labelledby="leaving">
        <h2 id="leaving">Leaving</h2>
        <div className="actions">
          <Link to="/account/sign-out" className="button button-plain">
            Sign out
          </Link>
          <Link to="/account/close" className="button button-danger-plain">
            Close account
          </Link>
        </div>
      </section>
      <Outlet />
    </div>
  );
}

function Stored() {
  const account = useQuery(accountQuery);
  if (account.isPending) return <Loading />;
  if (!account.data) return <ErrorNotice error={account.error} retry={account.refetch} />;
  const { email, plan, createdOn } = account.data;
  return (
    <section className="stack" aria-labelledby="stored">
      <h2 id="stored">What is stored about you</h2>
      <dl className="facts card">
        <Fact name="E-mail">{email}</Fact>
        <Fact name="Plan">
          {plan.name}
          {plan.active ? '' : ' (not active)'}
        </Fact>
        <Fact name="Servers this period">
          {plan.issued} of {plan.serversPerPeriod} used
        </Fact>
        <Fact name="Account made on">{dayWords(createdOn)}</Fact>
        <Fact name="Vault">Names and device lists, encrypted in your browser. The service cannot read them.</Fact>
      </dl>
      <p className="small soft prose">
        Beside this there is only what keeps you signed in. Your account does not say which servers or devices are
        yours: they obey the key in this browser.
      </p>
    </section>
  );
}

function Recovery() {
  const ownerKey = useQuery(ownerKeyQuery);
  const [shown, setShown] = useState(false);
  return (
    <section className="stack" aria-labelledby="recovery">
      <h2 id="recovery">Recovery key</h2>
      {ownerKey.data === 'needed' ? (
        <>
          <p className="prose">This browser does not have the key that your servers obey.</p>
          <div>
            <Link to="/key/import" className="button">
              Bring your recovery key
            </Link>
          </div>
        </>
      ) : (
        <>
          <p className="prose">
            It brings your servers to another browser, or back to this one. Whoever has it controls your servers. This
            page comes from the service; if you would rather not rely on that, the command line does everything the page
            does.
          </p>
          {shown && <RecoveryKey />}
          <div>
            <Button look="plain" aria-expanded={shown} onClick={() => setShown(!shown)}>
              {shown ? 'Hide it' : 'Show it'}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
