/**
 * Program: one server as a machine of an engine, born as a host would have it born, with no device. Input: one line of JSON on standard
 * input, see `BornMachine`. Prints the machine's id once the server is ready; ends, with everything it made, at the end of its input.
 */

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  AGENT_LINE_BYTES,
  type AgentToHost,
  type Birth,
  type EngineKind,
  type HostToAgent,
  type ImageFiles,
  LineReader,
  linkAddresses,
  newOwnerSeed,
  newServerId,
  ownerKeys,
  randomBytes,
  signDeviceList,
  toBase64,
  toLine,
} from '@lethe/core';
import { openEngine } from '@lethe/engines';
import { SETTINGS } from '@lethe/host/settings';

export interface BornMachine {
  engine: EngineKind;
  image: ImageFiles;
  runDir: string;
  /** Names the machine's interface on the host; unique in its namespace. */
  instance: string;
}

const BIRTH_LIMIT_MS = 120_000;

const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
const { engine: kind, image, runDir, instance } = JSON.parse(line) as BornMachine;
const ended = once(input, 'close');

mkdirSync(runDir, { recursive: true, mode: 0o711 });
const engine = await openEngine(kind, { runDir, instance, image });
const id = newServerId();
try {
  const { memoryMb, pids } = SETTINGS;
  await engine.create({ id, image, hostInterface: `bm${instance}`, memoryMb: memoryMb[kind], pids });
  await giveBirth();
  process.stdout.write(`${id}\n`);
  await ended;
} finally {
  await engine.destroy(id);
}
process.exit(0);

/** Resolves once the server is ready. Its keys are kept nowhere: it ends with this program. */
async function giveBirth(): Promise<void> {
  const channel = await engine.connect(id);
  const send = (message: HostToAgent): void => void channel.write(toLine(message));
  const lines = new LineReader(AGENT_LINE_BYTES);
  const birth = await birthOf(id);
  await new Promise<void>((resolve, reject) => {
    channel.on('data', (chunk: Buffer) => {
      for (const message of lines.push(chunk) as AgentToHost[]) {
        if (message.type === 'hello') send(birth);
        if (message.type === 'keep') send({ type: 'kept' });
        if (message.type === 'stage' && message.stage === 'ready') resolve();
        if (message.type === 'failed') reject(new Error(`The server could not be born: ${message.failure}.`));
      }
    });
    channel.on('error', reject);
    channel.on('close', () => reject(new Error('The server went away before it was ready.')));
    void ended.then(() => reject(new Error('Nobody waits for the server any more.')));
    setTimeout(() => reject(new Error('The server was not ready in time.')), BIRTH_LIMIT_MS).unref();
  });
}

async function birthOf(server: string): Promise<Birth> {
  const owner = await ownerKeys(newOwnerSeed());
  const list = { server, counter: 1, sealTo: owner.sealTo, devicesMayTalk: false, devices: [] };
  return {
    type: 'birth',
    server,
    ownerKey: owner.ownerKey,
    devices: await signDeviceList(list, owner),
    settings: null,
    keys: null,
    link: linkAddresses(0),
    enrolmentToken: null,
    rootAnchors: null,
    seed: toBase64(randomBytes(32)),
    timeMs: Date.now(),
  };
}
