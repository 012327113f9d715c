/** What surrounds every page: the note that there is no network. */

import { Outlet } from '@tanstack/react-router';
import { useOnline } from '../service/online.ts';

export function Root() {
  const online = useOnline();
  return (
    <>
      <div role="status">
        {!online && <p className="offline">No network. What you see may be old; your servers are not affected.</p>}
      </div>
      <Outlet />
    </>
  );
}
