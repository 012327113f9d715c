/** Creating a server, with honest progress, so that an interrupted creation can be continued. */

import {
  dayOf,
  type EngineKind,
  type HostFailure,
  type HostStage,
  LetheError,
  newServerId,
  signDeviceList,
} from '@lethe/core';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import { checkName, freeName, sameName } from './lookup.ts';
import { makeDevice, type NewDevice } from './new-device.ts';
import type { ServerView } from './schema.ts';
import { pinKeys } from './server-keys.ts';
import { joined, regions, type Server } from './servers.ts';
import type { VaultServer } from './vault.ts';
import { listOf, newVoucher, readVault, removeEntry, updateVault } from './vault-sync.ts';
import { waitFor } from './wait.ts';

const WAIT_READY_MS = 180_000;

/** Steps of a creation, in order; each is reported when it begins, `ready` when it is so. */
export type CreateStage = 'voucher' | 'requested' | HostStage;

export interface CreateOptions {
  /** Default `home`, `home-2`, … A name whose creation was interrupted continues that creation. */
  name?: string;
  /** Region id; default the first that is available. */
  region?: string;
  engine?: 'auto' | EngineKind;
  /** True if the owner's devices may reach each other. */
  devicesMayTalk?: boolean;
  /** A first device, already in the list the server is born with. */
  device?: NewDevice;
  onProgress?: (stage: CreateStage) => void;
  /** Longest wait for `ready`, in milliseconds. */
  waitMs?: number;
}

/**
 * Creates a server and waits until it is ready. The id and the voucher are in the vault before the service is asked, so an
 * interrupted creation continues as the same server and spends the voucher once. Throws `unknown_region`, `unknown_engine` and
 * `no_capacity` before anything is changed; `no_entitlement`; `engine_failed` if the server did not come up; `timeout`.
 */
export async function createServer(ctx: Context, options: CreateOptions = {}): Promise<Server> {
  const progress = options.onProgress ?? (() => {});
  const place = await choosePlace(ctx, options.region, options.engine ?? 'auto');
  progress('voucher');
  const { entry, requested } = await order(ctx, options, place, progress);
  const view = await waitReady(ctx, requested, progress, options.waitMs ?? WAIT_READY_MS);
  return joined(view.id, await firstSight(ctx, entry, view), view);
}

/** Keeps the keys of the new server. What prevents it now is no failure of the creation: the next look at the server keeps them. */
async function firstSight(ctx: Context, entry: VaultServer, view: ServerView): Promise<VaultServer> {
  try {
    return await pinKeys(ctx, entry, view);
  } catch (error) {
    if (error instanceof LetheError && error.code !== 'server_key_changed') return entry;
    throw error;
  }
}

/** A voucher from the vault's stock may have been spent by a request whose answer was lost; then the next one is tried. */
async function order(ctx: Context, options: CreateOptions, place: Place, progress: (stage: CreateStage) => void) {
  for (;;) {
    const { entry, fresh } = await reserve(ctx, options);
    progress('requested');
    try {
      return { entry, requested: await redeem(ctx, entry, place) };
    } catch (error) {
      if (fresh || !voucherRefused(error)) throw error;
    }
  }
}

const voucherRefused = (error: unknown): boolean =>
  error instanceof LetheError && (error.code === 'bad_voucher' || error.code === 'voucher_spent');

interface Place {
  region: string;
  engine: 'auto' | EngineKind;
}

async function choosePlace(ctx: Context, wanted: string | undefined, engine: 'auto' | EngineKind): Promise<Place> {
  const all = await regions(ctx);
  const region =
    wanted === undefined ? (all.find((one) => one.available) ?? all[0]) : all.find((one) => one.id === wanted);
  if (!region && wanted !== undefined) {
    throw new LetheError(
      'unknown_region',
      `There is no such region. Known: ${all.map((one) => one.id).join(', ') || 'none yet'}. Nothing was changed.`,
    );
  }
  if (!region?.available) {
    throw new LetheError(
      'no_capacity',
      'No host is connected in that region right now. Nothing was changed; try again in a moment.',
    );
  }
  if (engine !== 'auto' && !region.engines.includes(engine)) {
    throw new LetheError(
      'unknown_engine',
      `That region has no such engine. Known: auto, ${region.engines.join(', ')}. Nothing was changed.`,
    );
  }
  return { region: region.id, engine };
}

/** A vault entry with a voucher: the one of an interrupted creation under the same name, or a new one. */
async function reserve(ctx: Context, options: CreateOptions): Promise<{ entry: VaultServer; fresh: boolean }> {
  const { vault } = await readVault(ctx);
  const wanted = options.name === undefined ? undefined : checkName(options.name);
  const same = wanted === undefined ? undefined : vault.servers.find((entry) => sameName(entry.name, wanted));
  if (same?.voucher) return { entry: same, fresh: false };
  if (same) throw nameTaken();
  const device = options.device && (await makeDevice(ctx, options.device, []));
  const stored = vault.vouchers[0];
  const voucher = stored ?? (await newVoucher(ctx));
  const entry: VaultServer = {
    id: newServerId(),
    name: '',
    createdOn: dayOf(Date.now()),
    counter: 1,
    devicesMayTalk: options.devicesMayTalk ?? false,
    devices: device ? [device] : [],
    keys: null,
    voucher,
  };
  await updateVault(ctx, (newest) => {
    const names = newest.servers.map((one) => one.name);
    if (stored && !newest.vouchers.includes(stored)) {
      throw new LetheError(
        'stale_counter',
        'Another device is creating a server at this moment. Nothing was changed; try again.',
      );
    }
    if (wanted && names.some((name) => sameName(name, wanted))) throw nameTaken();
    entry.name = wanted ?? freeName('home', names);
    newest.vouchers = newest.vouchers.filter((one) => one !== voucher);
    newest.servers.push(entry);
  });
  return { entry, fresh: stored === undefined };
}

const nameTaken = () => new LetheError('already_exists', 'There is a server with that name. Nothing was changed.');

/** Errors after which it is certain that the service did nothing. */
const refused = (error: unknown): error is LetheError =>
  error instanceof LetheError && !['unreachable', 'timeout', 'internal', 'database_failed'].includes(error.code);

async function redeem(ctx: Context, entry: VaultServer, place: Place): Promise<ServerView> {
  const view = await putServer(ctx, entry, place).catch(async (error: unknown) => {
    if (!(error instanceof LetheError)) throw error;
    if (!refused(error)) throw interrupted(error, entry.name);
    await removeEntry(ctx, entry.id, !voucherRefused(error));
    for (const device of entry.devices) await ctx.store.saveDeviceKey(device.key, null);
    throw error;
  });
  await updateVault(ctx, (vault) => {
    const own = vault.servers.find((one) => one.id === entry.id);
    if (own) own.voucher = null;
  });
  entry.voucher = null;
  return view;
}

const interrupted = (cause: LetheError, name: string) =>
  new LetheError(
    cause.code,
    `${cause.message} The creation was interrupted: create the server "${name}" again to continue it.`,
    { cause },
  );

async function putServer(ctx: Context, entry: VaultServer, place: Place): Promise<ServerView> {
  const devices = await signDeviceList(await listOf(ctx, entry), await ctx.keys());
  const body = { voucher: entry.voucher!, ...place, devices };
  return answer(() => ctx.client.fleet.PUT('/api/servers/{id}', { params: { path: { id: entry.id } }, body }));
}

const FAILURES: Record<HostFailure, string> = {
  engine_failed: 'the machine could not be started',
  engine_timeout: 'the machine did not answer in time',
  port_in_use: 'its UDP port on the host is taken',
  disk_full: 'the disk of the host is full',
  owner_changed: 'the host knows it under another owner key',
  engine_changed: 'it was to move to another engine than it was made for',
  list_refused: 'it refused the signature of the device list',
  agent_failed: 'its network could not be set up',
  not_released: 'no approved release covers what it would run',
};
/** What went wrong with a server, in words. */
export const failureText = (failure: HostFailure | null): string =>
  failure ? FAILURES[failure] : 'the host gave no reason';

async function waitReady(
  ctx: Context,
  first: ServerView,
  progress: (stage: CreateStage) => void,
  limitMs: number,
): Promise<ServerView> {
  let shown: CreateStage | null = null;
  const view = await waitFor(ctx, first, limitMs, (now) => {
    if (now?.stage && now.stage !== shown && now.state !== 'failed') {
      shown = now.stage;
      progress(now.stage);
    }
    return !now || now.state === 'ready' || now.state === 'failed' || now.state === 'deleting';
  });
  if (view?.state === 'ready') {
    if (shown !== 'ready') progress('ready');
    return view;
  }
  if (view?.state === 'failed')
    throw new LetheError(
      'engine_failed',
      `The server did not come up: ${failureText(view.failure)}. Delete it and try again.`,
    );
  if (!view || view.state === 'deleting')
    throw new LetheError('not_found', 'The server was deleted while it was being created.');
  throw new LetheError('timeout', 'The server is not ready yet; it is still being started. Look again in a moment.');
}
