/**
 * An engine whose machines are files and real pairs of interfaces, for tests of the supervisor's own logic: a machine survives the end
 * of the process that made it, as a real one does. Its agent speaks the real protocol with real keys; what it remembers is in the
 * machine's directory, which is its memory.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import type { Engine, EngineCapabilities, EngineKind, MachineRecord, MachineSpec, MemoryArea } from '@lethe/core';
import { LetheError } from '@lethe/core';
import { type AgentMemory, serveAgent } from './fake-agent.ts';

interface MachineFile extends MachineRecord {
  memory: AgentMemory;
}

/** How a machine behaves; read anew at each step, so that a test can change it. */
export interface Behaviour {
  create?: 'fails' | 'hangs';
  agent?: 'silent' | 'dies' | 'fails' | 'not-ready';
  /** Said by the agent after its birth, in place of what it should say. */
  says?: unknown[];
}

export class FakeEngine implements Engine {
  readonly kind: EngineKind;
  readonly directory: string;
  behaviour: Behaviour = {};
  created = 0;
  /** For each machine, whether it was to boot from the start. */
  readonly coldBoots: boolean[] = [];
  /** What the host asked to be prepared and given back, in order. */
  readonly preparations: ('prepared' | 'released')[] = [];
  /** True for machines that only a new one can make forget. */
  ownKernel = false;

  constructor(runDir: string, kind: EngineKind = 'container') {
    this.kind = kind;
    this.directory = join(runDir, `fake-${kind}`);
    mkdirSync(this.directory, { recursive: true });
  }

  async capabilities(): Promise<EngineCapabilities> {
    return { kind: this.kind, accelerator: 'runc', ownKernel: this.ownKernel, kernelWireguard: false, limits: [] };
  }

  async create(spec: MachineSpec, signal?: AbortSignal): Promise<void> {
    this.created += 1;
    this.coldBoots.push(spec.coldBoot === true);
    if (this.behaviour.create === 'fails') throw new LetheError('engine_failed', 'The fake engine fails.');
    if (this.behaviour.create === 'hangs') {
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('called off'))));
    }
    if (this.read(spec.id)?.state === 'running') throw new LetheError('already_exists', 'It runs already.');
    await this.destroy(spec.id);
    const peer = `p${spec.hostInterface.slice(2)}`;
    execFileSync('ip', ['link', 'add', 'name', spec.hostInterface, 'type', 'veth', 'peer', 'name', peer]);
    this.write({
      id: spec.id,
      hostInterface: spec.hostInterface,
      imageDigest: spec.image.digest,
      state: 'running',
      memory: { keys: null, ownerKey: null, counter: 0, birth: null },
    });
  }

  async runsOnly(): Promise<boolean> {
    return true;
  }

  /** Fails, as it may: machines are made all the same. */
  async prepare(): Promise<void> {
    this.preparations.push('prepared');
    throw new LetheError('engine_failed', 'The fake engine prepares nothing.');
  }

  async release(): Promise<void> {
    this.preparations.push('released');
  }

  async destroy(id: string): Promise<void> {
    const machine = this.read(id);
    if (!machine) return;
    if (linkExists(machine.hostInterface)) execFileSync('ip', ['link', 'delete', 'dev', machine.hostInterface]);
    rmSync(this.#file(id), { force: true });
    rmSync(this.#deathFile(id), { force: true });
  }

  async list(): Promise<MachineRecord[]> {
    return readdirSync(this.directory).flatMap((id) => this.read(id) ?? []);
  }

  async connect(id: string): Promise<Duplex> {
    const machine = this.read(id);
    if (machine?.state !== 'running') throw new LetheError('unreachable', 'It does not run.');
    const [host, agent] = duplexPair();
    agent.on('error', () => {});
    if (this.behaviour.agent === 'dies') this.kill(id);
    else if (this.behaviour.agent !== 'silent') {
      serveAgent(agent, machine.memory, this.behaviour, () => {
        if (this.read(id)) this.write(machine);
      });
    }
    return host;
  }

  onExit(id: string, callback: () => void): () => void {
    const timer = setInterval(() => {
      if (this.read(id)?.state === 'running') return;
      clearInterval(timer);
      callback();
    }, 20);
    return () => clearInterval(timer);
  }

  async freeze(id: string): Promise<void> {
    await this.memory(id);
  }

  async thaw(id: string): Promise<void> {
    await this.memory(id);
  }

  /** A machine's file is its memory. */
  async memory(id: string): Promise<MemoryArea[]> {
    if (this.read(id)?.state !== 'running') throw new LetheError('unreachable', 'It does not run.');
    return [{ kind: 'file', path: this.#file(id), size: statSync(this.#file(id)).size, what: 'guest memory' }];
  }

  /** Ends a machine as if by itself. */
  kill(id: string): void {
    if (existsSync(this.#file(id))) writeFileSync(this.#deathFile(id), '');
  }

  read(id: string): MachineFile | null {
    if (!existsSync(this.#file(id))) return null;
    const machine = JSON.parse(readFileSync(this.#file(id), 'utf8')) as MachineFile;
    return existsSync(this.#deathFile(id)) ? { ...machine, state: 'dead' } : machine;
  }

  /** Whole at once: the test's process reads what the host's process writes. */
  write(machine: MachineFile): void {
    const draft = `${this.directory}-draft-${process.pid}`;
    writeFileSync(draft, JSON.stringify(machine));
    renameSync(draft, this.#file(machine.id));
  }

  #file(id: string): string {
    return join(this.directory, id);
  }

  /** A death has a file of its own, so that an agent that writes at the same moment cannot undo it. */
  #deathFile(id: string): string {
    return `${this.directory}-dead-${id}`;
  }
}

export const linkExists = (name: string): boolean =>
  readFileSync('/proc/net/dev', 'utf8').includes(` ${name}:`) ||
  readFileSync('/proc/net/dev', 'utf8').includes(`\n${name}:`);
