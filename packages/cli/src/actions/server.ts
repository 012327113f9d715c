/** What the verbs of `lethe server` do. */

import { type CreateStage, failureText, type Server } from '@lethe/api';
import { ENGINE_KINDS, type EngineKind, LetheError } from '@lethe/core';
import type { Io } from '../io.ts';
import { facts, good, note, table } from '../output.ts';
import { confirmed } from '../prompt.ts';
import type { Result } from '../run.ts';

const STAGES: Record<CreateStage, string> = {
  voucher: 'Getting a voucher',
  requested: 'Asking for the server',
  machine: 'Starting the machine',
  booting: 'Booting',
  network: 'Setting up the network and its filter',
  tunnel: 'Setting up the tunnel',
  resolver: 'Starting the resolver',
  ready: 'Ready',
};

interface CreateFlags {
  region?: string;
  engine: string;
  devicesMayTalk?: boolean;
}

export async function create(io: Io, name: string | undefined, flags: CreateFlags): Promise<Result> {
  const started = performance.now();
  const server = await io.customer.createServer({
    engine: engineOf(flags.engine),
    ...(name !== undefined && { name }),
    ...(flags.region !== undefined && { region: flags.region }),
    ...(flags.devicesMayTalk && { devicesMayTalk: true }),
    onProgress: (stage) => io.progress.step(STAGES[stage]),
  });
  io.progress.end();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const next = `Add a device: lethe device add phone --qr`;
  return { data: flat(server), text: `${good(`Server ${server.name} is ready after ${seconds} s.`)}\n${note(next)}` };
}

function engineOf(text: string): 'auto' | EngineKind {
  const known = ['auto', ...ENGINE_KINDS] as const;
  const engine = known.find((one) => one === text);
  if (!engine)
    throw new LetheError('unknown_engine', `There is no such engine. Known: ${known.join(', ')}. Nothing was changed.`);
  return engine;
}

export async function list(io: Io): Promise<Result> {
  const servers = await io.customer.servers();
  const rows = servers.map((one) => [
    one.name,
    one.id.slice(0, 8),
    one.view?.region ?? null,
    one.view?.engine ?? null,
    stateText(one),
    one.deviceCount,
    one.view?.leaseUntil ?? null,
  ]);
  const header = ['NAME', 'ID', 'REGION', 'ENGINE', 'STATE', 'DEVICES', 'LEASE UNTIL'];
  const text = servers.length === 0 ? 'No servers yet. Make one: lethe server create' : table(header, rows);
  return { data: { servers: servers.map(flat) }, text };
}

function stateText(server: Server): string {
  if (!server.view) return server.unfinished ? 'interrupted' : 'gone';
  return server.view.state === 'starting' && server.view.stage ? `starting (${server.view.stage})` : server.view.state;
}

const KEY_CHANGED =
  'not the one of first sight: the host may have lost it, or somebody is in between. Delete the server, make a new one';

export async function show(io: Io, ref: string | undefined): Promise<Result> {
  const server = await io.customer.server(ref);
  const { view } = server;
  const text = facts([
    ['Name', server.name],
    ['Id', server.id],
    ['State', stateText(server) + (view?.state === 'failed' ? `: ${failureText(view.failure)}` : '')],
    ['Region', view?.region ?? null],
    ['Engine', view?.engine ?? null],
    ['Endpoints', view?.endpoints.join(', ') ?? null],
    ['Public key', server.keyChanged ? KEY_CHANGED : (view?.wireguardKey ?? null)],
    ['Devices', server.deviceCount],
    ['Device list', view ? listText(view.counter, view.listCounter) : null],
    ['Created on', server.createdOn],
    ['Lease until', view?.leaseUntil ?? null],
  ]);
  return { data: flat(server), text };
}

const listText = (inForce: number | null, newest: number): string =>
  inForce === newest ? `number ${newest}, in force` : `number ${newest}, not in force yet`;

export async function renew(io: Io, ref: string | undefined): Promise<Result> {
  io.progress.step('Renewing');
  const server = await io.customer.renewServer(ref);
  io.progress.end();
  return { data: flat(server), text: good(`The lease of ${label(server)} runs until ${server.view?.leaseUntil}.`) };
}

export async function remove(io: Io, ref: string, flags: { yes?: boolean }): Promise<Result> {
  const server = await io.customer.server(ref);
  await confirmed(io, flags.yes, `Delete server ${label(server)}? Its devices lose their tunnel.`);
  io.progress.step(`Deleting ${label(server)}`);
  const deleted = await io.customer.deleteServer(server.id);
  io.progress.end();
  const text =
    deleted.outcome === 'deleted'
      ? `Server ${label(server)} is deleted.`
      : `Deletion of ${label(server)} is ordered; its host has not confirmed yet.`;
  return { data: deleted, text: good(text) };
}

const label = (server: Server): string => server.name ?? server.id.slice(0, 8);

/** A server as one flat JSON object. */
function flat(server: Server): object {
  const { view, deviceCount, ...own } = server;
  return { ...own, devices: deviceCount, ...(view ?? { state: server.unfinished ? 'interrupted' : 'gone' }) };
}
