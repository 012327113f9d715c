/** An agent that speaks the protocol as the one in the image does, without a network behind it. */

import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  AGENT_LINE_BYTES,
  AGENT_PROTOCOL,
  type AgentToHost,
  type Birth,
  type DsseEnvelope,
  type HostToAgent,
  LineReader,
  openDeviceList,
  type ServerKeys,
  sealStatus,
  toLine,
} from '@lethe/core';
import { newServerKeys, openServerKeys, signEnrolment } from '@lethe/node/keys';
import type { Behaviour } from './fake-engine.ts';

export interface AgentMemory {
  keys: ServerKeys | null;
  ownerKey: string | null;
  counter: number;
  /** The last birth, as it came. */
  birth: Birth | null;
  /** SHA-256 of the block table it received last. */
  table?: string;
  /** How often it was told to forget. */
  forgotten?: number;
}

/** Serves one connection. `remember` stores the memory, which outlives the connection. */
export function serveAgent(stream: Duplex, memory: AgentMemory, behaviour: Behaviour, remember: () => void): void {
  const lines = new LineReader(AGENT_LINE_BYTES);
  const say = (message: AgentToHost | unknown): void => void stream.write(toLine(message));
  let unkept: Birth | null = null;
  let table: { digest: string; size: number; bytes: Buffer[] } | null = null;

  async function live(birth: Birth): Promise<void> {
    const keys = await openServerKeys(memory.keys!);
    if (birth.enrolmentToken)
      say({ type: 'enrol', enrolment: await signEnrolment(birth.server, birth.enrolmentToken, keys) });
    if (behaviour.agent === 'fails') return say({ type: 'failed', failure: 'tunnel_failed' });
    say({ type: 'stage', stage: 'network' });
    say({ type: 'stage', stage: 'tunnel' });
    say({ type: 'applied', counter: memory.counter });
    if (behaviour.agent === 'not-ready') return;
    say({ type: 'stage', stage: 'ready' });
  }

  /** The caller remembers: a birth is remembered whole, for a test that reads along from another process. */
  async function accept(devices: DsseEnvelope): Promise<boolean> {
    const { counter } = await openDeviceList(devices, memory.birth!.server, memory.ownerKey!);
    if (counter < memory.counter) return false;
    memory.counter = counter;
    return true;
  }

  async function handle(message: HostToAgent): Promise<void> {
    if (message.type === 'birth') {
      memory.ownerKey ??= message.ownerKey;
      memory.birth = message;
      if (message.ownerKey !== memory.ownerKey || !(await accept(message.devices))) {
        return say({ type: 'failed', failure: 'list_refused' });
      }
      for (const line of behaviour.says ?? []) say(line);
      memory.keys ??= message.keys ?? newServerKeys();
      remember();
      if (message.keys) return live(message);
      unkept = message;
      return say({ type: 'keep', keys: memory.keys });
    }
    if (message.type === 'kept' && unkept) return live(unkept);
    if (message.type === 'devices' && (await accept(message.devices))) {
      remember();
      return say({ type: 'applied', counter: memory.counter });
    }
    if (message.type === 'table') {
      table = { ...message, bytes: [] };
      return say({ type: 'table_want', offset: 0 });
    }
    if (message.type === 'table_part' && table) {
      table.bytes.push(Buffer.from(message.data, 'base64'));
      const bytes = Buffer.concat(table.bytes);
      if (bytes.length < table.size) return say({ type: 'table_want', offset: bytes.length });
      memory.table = createHash('sha256').update(bytes).digest('hex');
      return remember();
    }
    if (message.type === 'forget') {
      memory.forgotten = (memory.forgotten ?? 0) + 1;
      remember();
      return say({ type: 'stage', stage: 'ready' });
    }
    if (message.type === 'ask') {
      if (message.question === 'settings') say({ type: 'keep_settings', sealed: message.body });
      const { server, ownerKey, devices } = memory.birth!;
      const { sealTo } = await openDeviceList(devices, server, ownerKey);
      const { node } = await openServerKeys(memory.keys!);
      const status = { counter: memory.counter, settingsCounter: 0, uptimeS: 1, blocked: 0, devices: [] };
      const sealed = await sealStatus(status, { server, challenge: message.challenge }, node, sealTo);
      return say({ type: 'answer', id: message.id, sealed });
    }
  }

  let queue = Promise.resolve();
  stream.on('data', (chunk: Buffer) => {
    for (const message of lines.push(chunk)) queue = queue.then(() => handle(message as HostToAgent));
  });
  say({ type: 'hello', protocol: AGENT_PROTOCOL });
}
