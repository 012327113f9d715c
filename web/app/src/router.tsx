/** Every address of the page. What a person sees is in the address bar, dialogs included, so that reload and back do what they should. */

import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { AccountPage } from './pages/account.tsx';
import { CloseAccountDialog } from './pages/account-close.tsx';
import { ClosedPage } from './pages/closed.tsx';
import { NewDevicePage } from './pages/device-new.tsx';
import { RemoveDeviceDialog } from './pages/device-remove.tsx';
import { RenameDeviceDialog } from './pages/device-rename.tsx';
import { ImportKeyPage } from './pages/key-import.tsx';
import { NewKeyPage } from './pages/key-new.tsx';
import { BrokenPage, BrokenPart, MissingPage } from './pages/lost.tsx';
import { ServerPage } from './pages/server.tsx';
import { DeleteServerDialog } from './pages/server-delete.tsx';
import { ForgetDialog } from './pages/server-forget.tsx';
import { NewServerPage } from './pages/server-new.tsx';
import { ServersPage } from './pages/servers.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { CodePage } from './pages/sign-in-code.tsx';
import { SignOutDialog } from './pages/sign-out.tsx';
import { accountQuery, ownerKeyQuery, queryClient } from './service/queries.ts';
import { Root } from './ui/root.tsx';
import { Shell } from './ui/shell.tsx';
import { hasCode } from './words/errors.ts';

const root = createRootRoute({ component: Root, errorComponent: BrokenPage, notFoundComponent: MissingPage });

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: SignInPage });
const code = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/code',
  component: CodePage,
  beforeLoad: ({ location }) => {
    if (!location.state.email) throw redirect({ to: '/sign-in', replace: true });
  },
});
const closed = createRoute({ getParentRoute: () => root, path: '/closed', component: ClosedPage });

/** Behind it: signed in. */
const session = createRoute({
  getParentRoute: () => root,
  id: 'session',
  errorComponent: BrokenPage,
  beforeLoad: async () => {
    try {
      await queryClient.ensureQueryData(accountQuery);
    } catch (error) {
      if (hasCode(error, 'not_signed_in')) throw redirect({ to: '/sign-in', replace: true });
      throw error;
    }
  },
});
const importKey = createRoute({ getParentRoute: () => session, path: '/key/import', component: ImportKeyPage });

/** Behind it: the owner key is in this browser. */
const needKey = async () => {
  if ((await queryClient.ensureQueryData(ownerKeyQuery)) === 'needed')
    throw redirect({ to: '/key/import', replace: true });
};
const newKey = createRoute({
  getParentRoute: () => session,
  path: '/key/new',
  beforeLoad: needKey,
  component: NewKeyPage,
});

const shell = createRoute({ getParentRoute: () => session, id: 'shell', component: Shell, errorComponent: BrokenPage });
const account = createRoute({ getParentRoute: () => shell, path: '/account', component: AccountPage });
const signOut = createRoute({ getParentRoute: () => account, path: '/sign-out', component: SignOutDialog });
const close = createRoute({ getParentRoute: () => account, path: '/close', component: CloseAccountDialog });

const owner = createRoute({
  getParentRoute: () => shell,
  id: 'owner',
  beforeLoad: needKey,
  errorComponent: BrokenPart,
});
const home = createRoute({
  getParentRoute: () => owner,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/servers', replace: true });
  },
});
const servers = createRoute({ getParentRoute: () => owner, path: '/servers', component: ServersPage });
const newServer = createRoute({ getParentRoute: () => owner, path: '/servers/new', component: NewServerPage });
const server = createRoute({ getParentRoute: () => owner, path: '/servers/$server', component: ServerPage });
const deleteServer = createRoute({ getParentRoute: () => server, path: '/delete', component: DeleteServerDialog });
const forget = createRoute({ getParentRoute: () => server, path: '/forget', component: ForgetDialog });
const renameDevice = createRoute({
  getParentRoute: () => server,
  path: '/devices/$device/rename',
  component: RenameDeviceDialog,
});
const removeDevice = createRoute({
  getParentRoute: () => server,
  path: '/devices/$device/remove',
  component: RemoveDeviceDialog,
});
const newDevice = createRoute({
  getParentRoute: () => owner,
  path: '/servers/$server/devices/new',
  component: NewDevicePage,
});

const routeTree = root.addChildren([
  signIn,
  code,
  closed,
  session.addChildren([
    importKey,
    newKey,
    shell.addChildren([
      account.addChildren([signOut, close]),
      owner.addChildren([
        home,
        servers,
        newServer,
        newDevice,
        server.addChildren([deleteServer, forget, renameDevice, removeDevice]),
      ]),
    ]),
  ]),
]);

export const router = createRouter({ routeTree, scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** Where the code was sent; kept out of the address so that it is in no history list. */
    email?: string;
  }
}
