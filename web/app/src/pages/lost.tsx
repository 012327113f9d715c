/** Pages for when there is no page: an address nobody knows, or something that failed while a page was opened. */

import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { resetCustomer } from '../service/customer.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { Welcome } from '../ui/welcome.tsx';

export function MissingPage() {
  return (
    <Welcome>
      <div className="stack stack-tight">
        <PageTitle>There is nothing here</PageTitle>
        <p className="soft">The address may be old or mistyped.</p>
      </div>
      <p>
        <Link to="/servers">Go to your servers</Link>
      </p>
    </Welcome>
  );
}

/** On a page of its own. */
export const BrokenPage = (props: ErrorComponentProps) => (
  <main className="column">
    <BrokenPart {...props} />
  </main>
);

/** Inside the frame. */
export function BrokenPart({ error }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    resetCustomer();
    router.invalidate();
  };
  return (
    <div className="page">
      <PageTitle>This did not work</PageTitle>
      <ErrorNotice error={error} retry={retry} />
    </div>
  );
}
