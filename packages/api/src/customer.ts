/** Everything a customer can do, bound to one service and one store. */

import * as accounts from './account.ts';
import { type ClosedServer, closeAccount } from './close-account.ts';
import type { EndpointChoice } from './config-text.ts';
import { type CustomerOptions, createContext } from './context.ts';
import { type CreateOptions, createServer } from './create-server.ts';
import * as devices from './devices.ts';
import { deleteServer, renewServer } from './end-server.ts';
import { evidence } from './evidence.ts';
import { forget } from './forget.ts';
import { askInventory } from './inventory.ts';
import { status } from './live-status.ts';
import type { NewDevice } from './new-device.ts';
import * as servers from './servers.ts';
import * as settings from './settings.ts';

/** Opens the workflows of one customer. Makes no request by itself; each method says in its module what it throws. */
export function openCustomer(options: CustomerOptions) {
  const ctx = createContext(options);
  return {
    requestCode: (email: string) => accounts.requestCode(ctx, email),
    signIn: (email: string, code: string) => accounts.signIn(ctx, email, code),
    signOut: () => accounts.signOut(ctx),
    account: () => accounts.account(ctx),
    recoveryKey: () => accounts.recoveryKey(ctx),
    importRecoveryKey: (text: string) => accounts.importRecoveryKey(ctx, text),
    closeAccount: (onServer?: (closed: ClosedServer) => void) => closeAccount(ctx, onServer),

    regions: () => servers.regions(ctx),
    createServer: (wanted?: CreateOptions) => createServer(ctx, wanted),
    servers: () => servers.servers(ctx),
    server: (ref?: string) => servers.server(ctx, ref),
    deleteServer: (ref?: string) => deleteServer(ctx, ref),
    renewServer: (ref?: string) => renewServer(ctx, ref),

    devices: (server?: string) => devices.devices(ctx, server),
    addDevice: (wanted: NewDevice & { server?: string }) => devices.addDevice(ctx, wanted),
    renameDevice: (ref: string, name: string, server?: string) => devices.renameDevice(ctx, ref, name, server),
    removeDevice: (ref: string, server?: string) => devices.removeDevice(ctx, ref, server),
    deviceConfig: (ref: string, wanted?: { server?: string; endpoint?: EndpointChoice; withoutKey?: boolean }) =>
      devices.deviceConfig(ctx, ref, wanted),
    settings: (ref?: string) => settings.settings(ctx, ref),
    changeSettings: (change: settings.SettingsChange, ref?: string) => settings.changeSettings(ctx, change, ref),
    forget: (ref?: string) => forget(ctx, ref),
    status: (ref?: string) => status(ctx, ref),
    inventory: (ref?: string) => askInventory(ctx, ref),
    evidence: (ref: string | undefined, sinceS: number) => evidence(ctx, ref, sinceS),
  };
}
export type Customer = ReturnType<typeof openCustomer>;
