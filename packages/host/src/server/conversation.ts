/**
 * What the host does with a server's words after the birth. The agent waits for `kept` before anybody can learn its public key, so a
 * host that ends before the keys are sealed has lost nothing.
 */

import {
  type AgentFailure,
  type AgentToHost,
  type Enrolment,
  LetheError,
  openDeviceList,
  type ServerKeys,
  TABLE_PART_BYTES,
  toBase64,
} from '@lethe/core';
import { isOwnEnrolment } from '../agent/enrolment.ts';
import { crashPoint } from '../crash-points.ts';
import { failureOf } from './failure.ts';
import type { Server } from './server.ts';

/** Handles one message. Throws if it has no place in this server's life: the connection ends. */
export async function onAgentMessage(server: Server, message: AgentToHost): Promise<void> {
  switch (message.type) {
    case 'keep':
      return keep(server, message.keys);
    case 'enrol':
      return enrol(server, message.enrolment);
    case 'stage':
      if (message.stage === 'ready') ready(server);
      return server.context.reports.stage(server.id, message.stage);
    case 'applied':
      return applied(server, message.counter);
    case 'failed':
      return failed(server, message.failure);
    case 'drift':
      return server.context.reports.inside(server.id, message.kinds);
    case 'keep_settings':
      await server.seal({ settings: message.sealed });
      return crashPoint('settings:sealed');
    case 'forget':
      server.forget();
      return;
    case 'looked':
      return server.onLooked?.(message);
    case 'table_want':
      return tablePart(server, message.offset);
  }
}

function tablePart(server: Server, offset: number): void {
  const bytes = server.context.blocklist.current?.bytes.subarray(offset, offset + TABLE_PART_BYTES);
  if (bytes && bytes.length > 0) server.agent?.send({ type: 'table_part', offset, data: toBase64(bytes) });
}

async function keep(server: Server, keys: ServerKeys): Promise<void> {
  crashPoint('up:keys-received');
  const kept = server.record?.keys;
  if (kept && (kept.wireguard !== keys.wireguard || kept.node !== keys.node)) {
    throw new LetheError('bad_request', 'A server offered other keys than it has.');
  }
  if (!kept) {
    try {
      await server.seal({ keys });
    } catch (error) {
      server.context.reports.failed(server.id, failureOf(error));
      throw error;
    }
  }
  crashPoint('up:keys-sealed');
  server.agent?.send({ type: 'kept' });
  crashPoint('up:kept-sent');
}

async function enrol(server: Server, enrolment: Enrolment): Promise<void> {
  const { id, record } = server;
  if (!record?.keys || !(await isOwnEnrolment(enrolment, id, server.enrolmentToken, record.keys))) {
    throw new LetheError('bad_request', 'A server sent an enrolment that is not its own.');
  }
  if (!server.mayEnrolWith(enrolment.token)) return;
  server.context.reports.enrol(enrolment);
  crashPoint('up:enrol-relayed');
}

function ready(server: Server): void {
  server.becameReady();
  crashPoint('up:ready');
}

/** A counter above that of the newest list is one nobody signed. */
async function applied(server: Server, counter: number): Promise<void> {
  const { record } = server;
  if (!record) return;
  const newest = await openDeviceList(record.devices, server.id, record.ownerKey);
  if (counter < 1 || counter > newest.counter)
    throw new LetheError('bad_request', 'A server applied a list that does not exist.');
  server.context.reports.applied(server.id, counter);
}

function failed(server: Server, failure: AgentFailure): void {
  if (failure === 'list_refused') server.context.reports.failed(server.id, 'list_refused');
  server.complained();
}
