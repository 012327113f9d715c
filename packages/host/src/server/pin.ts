/**
 * The first step of bringing a server up: its sealed record, made or brought up to date.
 *
 * Threat: the control plane names another owner for a server, moves it to an engine that guarantees less, or sends an old or forged
 * device list. Owner key and engine are pinned by the first record and never change; a list must be signed with that key and have a
 * higher counter than the one that was accepted before. What is refused changes nothing: the server goes on as its record has it. A
 * server that was ended does not come again under its id, where it would have no record to compare with.
 */

import { compareDeviceLists, type DesiredServer, type HostFailure, openDeviceList } from '@lethe/core';
import { linkOfInterface } from '../network/names.ts';
import type { ServerRecord } from '../sealed/record.ts';
import { isListError, ServerFailure } from './failure.ts';
import type { Server } from './server.ts';

export interface Pinned {
  record: ServerRecord;
  /** What of the desired state was refused. */
  refused: HostFailure | null;
  /** True if the record has a newer device list than before. */
  newList: boolean;
}

/** The record on disk, in line with the desired state as far as that is acceptable. Throws `ServerFailure` or what the disk says. */
export async function pinAndSeal(server: Server, desired: DesiredServer | null): Promise<Pinned> {
  const { record } = server;
  if (!record) return { record: await firstRecord(server, desired), refused: null, newList: false };
  if (!desired) return { record, refused: null, newList: false };
  if (desired.ownerKey !== record.ownerKey) return { record, refused: 'owner_changed', newList: false };
  const list = await acceptList(server.id, record, desired);
  const change = {
    port: isOwnPort(server, desired.port) ? desired.port : record.port,
    devices: list === 'newer' ? desired.devices : record.devices,
    // The control plane has the server's keys if it wants no enrolment: the answer was lost.
    enrolled: record.enrolled || (desired.enrolmentToken === null && record.keys !== null),
  };
  const same = list !== 'newer' && change.port === record.port && change.enrolled === record.enrolled;
  return {
    record: same ? record : await server.seal(change),
    refused: desired.engine !== record.engine ? 'engine_changed' : list === 'refused' ? 'list_refused' : null,
    newList: list === 'newer',
  };
}

async function acceptList(
  id: string,
  record: ServerRecord,
  desired: DesiredServer,
): Promise<'same' | 'newer' | 'refused'> {
  const current = await openDeviceList(record.devices, id, record.ownerKey);
  try {
    return compareDeviceLists(current, await openDeviceList(desired.devices, id, record.ownerKey));
  } catch (error) {
    if (isListError(error)) return 'refused';
    throw error;
  }
}

async function firstRecord(server: Server, desired: DesiredServer | null): Promise<ServerRecord> {
  if (!desired) throw new ServerFailure('agent_failed', 'A server without a record is not started unasked.');
  const { links, instance } = server.context.network;
  if (await server.context.ended.has(server.id)) {
    throw new ServerFailure('owner_changed', 'A server of this name was ended here. Another one takes another name.');
  }
  try {
    await openDeviceList(desired.devices, server.id, desired.ownerKey);
  } catch (cause) {
    throw isListError(cause)
      ? new ServerFailure('list_refused', 'The first device list is not valid.', { cause })
      : cause;
  }
  if (!isOwnPort(server, desired.port)) {
    throw new ServerFailure('port_in_use', 'The port of a server is not one of this host.');
  }
  if (desired.enrolmentToken === null && !server.machine) throw keysLost();
  // A machine that runs although its record was lost keeps its link, and may still hold its keys.
  const found = server.machine && linkOfInterface(instance, server.machine.hostInterface);
  const link = typeof found === 'number' && links.take(found, server.id) ? found : await links.allocate(server.id);
  const { ownerKey, port, engine, devices } = desired;
  try {
    return await server.seal({ ownerKey, keys: null, port, link, engine, devices, settings: null, enrolled: false });
  } catch (error) {
    if (typeof found !== 'number') links.release(server.id);
    throw error;
  }
}

/** The control plane knows the server's keys, this host does not. Others would be of no use to its owner's devices. */
export const keysLost = (): ServerFailure =>
  new ServerFailure('agent_failed', 'The keys of a server are lost with its record. It was not started with others.');

/** A port of the configured range, or the one the server has had all along. */
function isOwnPort(server: Server, port: number): boolean {
  const { first, count } = server.context.ports;
  return port === server.record?.port || (port >= first && port < first + count);
}
