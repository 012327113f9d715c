/** The frame of every page behind the sign-in. */

import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { accountQuery } from '../service/queries.ts';
import { Mark } from './mark.tsx';

export function Shell() {
  // Looks again now and then, so that the end of the session is noticed on every page.
  useQuery(accountQuery);
  return (
    <div className="shell">
      <header className="bar">
        <div className="bar-inner">
          <Link to="/servers" className="brand" activeProps={{}}>
            <Mark />
            Lethe
          </Link>
          <nav className="nav" aria-label="Main">
            <Link to="/servers">Servers</Link>
            <Link to="/account">Account</Link>
          </nav>
        </div>
      </header>
      <main className="column">
        <Outlet />
      </main>
      <Foot />
    </div>
  );
}

export function Foot() {
  return (
    <footer className="foot">
      <p>Your keys are made in this browser. The service never has them.</p>
      <a href="/licenses.txt">Licences</a>
    </footer>
  );
}
