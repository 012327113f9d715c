/** The page of a Lethe customer: sign in, get a server, add devices. It has no privilege of its own: everything goes through `@lethe/api`. */

import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { router } from './router.tsx';
import { queryClient } from './service/queries.ts';
import { hasCode } from './words/errors.ts';
import './styles/index.css';

/** Where the end of the session is no news. */
const LEAVING = ['/sign-in', '/closed', '/account/close', '/account/sign-out'];

/** The end of the session, wherever it is noticed, leads to the sign-in. */
function onError(error: unknown): void {
  const { pathname } = router.state.location;
  if (!hasCode(error, 'not_signed_in') || LEAVING.some((path) => pathname.startsWith(path))) return;
  queryClient.removeQueries();
  router.navigate({ to: '/sign-in', replace: true });
}
queryClient.getQueryCache().config.onError = onError;
queryClient.getMutationCache().config.onError = onError;

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
