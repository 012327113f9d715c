/** All servers of this host: found again at the start, then brought in line with what the control plane wants. */

import type { ControlToHost, HostToControl } from '@lethe/core';
import { looked } from '../evidence/looked.ts';
import { Looks } from '../evidence/looks.ts';
import { interfaceName, linkOfInterface } from '../network/names.ts';
import type { ServerRecord } from '../sealed/record.ts';
import type { StoreContents } from '../sealed/store.ts';
import type { HostContext } from './context.ts';
import { type Machine, Server } from './server.ts';

export class Fleet {
  readonly #context: HostContext;
  readonly #send: (message: HostToControl) => void;
  readonly #servers = new Map<string, Server>();
  readonly #looks: Looks;
  #stopped = false;

  constructor(context: HostContext, send: (message: HostToControl) => void) {
    this.#context = context;
    this.#send = send;
    this.#looks = new Looks({
      servers: () => [...this.#servers.values()].map(looked),
      report: (look, signature, outside) => this.#context.reports.looked(look, signature, outside),
      now: Date.now,
    });
  }

  /**
   * Finds the servers of an earlier run: those with a record, a damaged record, or a machine. The rules of those that run are loaded
   * with the table, so that their tunnels are not interrupted. Nothing is ended: the control plane has not spoken yet.
   */
  async resume({ records, damaged }: StoreContents, machines: ReadonlyMap<string, Machine[]>): Promise<void> {
    const { network } = this.#context;
    const keep = new Set([...machines.values()].flat().map((machine) => machine.hostInterface));
    for (const [id, record] of records) network.links.take(record.link, id);
    for (const [id, found] of machines) {
      for (const machine of found) {
        const link = linkOfInterface(network.instance, machine.hostInterface);
        if (link !== null) network.links.take(link, id);
      }
    }
    for (const [id, record] of records) {
      if (!machines.has(id)) continue;
      try {
        await network.ports.hold(id, record.port);
        network.rules.prepare(id, { port: record.port, link: record.link, open: true });
      } catch {
        // Another program has the port now: seen again, and said, when the server is brought up.
      }
    }
    await network.start(keep);
    for (const id of new Set([...records.keys(), ...damaged, ...machines.keys()])) {
      const record = records.get(id) ?? null;
      const machine = await this.#chooseMachine(id, record, machines.get(id) ?? []);
      this.#add(id, record, machine).want('unknown');
    }
  }

  /** Handles a message of the control plane. */
  onControl(message: Exclude<ControlToHost, { type: 'release' }>): void {
    if (this.#stopped) return;
    if (message.type === 'desired') this.#follow(message);
    else if (message.type === 'epoch') this.#looks.begin(message);
    else if (message.type === 'enrolled') void this.#servers.get(message.server)?.enrolled(message.accepted);
    else void this.#ask(message, this.#servers.get(message.server));
  }

  /** Ends every machine. The records stay. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#looks.stop();
    const servers = [...this.#servers.values()];
    await Promise.all(servers.map((server) => server.stop()));
    const off = await Promise.allSettled([this.#context.network.rules.removeAll()]);
    const ends = [...off, ...(await Promise.allSettled(servers.map((server) => server.endMachine())))];
    const failed = ends.filter((end) => end.status === 'rejected').map((end) => end.reason as unknown);
    if (failed.length > 0) throw new AggregateError(failed, 'Not every machine could be ended.');
  }

  /** Only what `gone` names ends. A server in neither list goes on as it was: nobody ends servers by forgetting them. */
  #follow({ servers, gone }: Extract<ControlToHost, { type: 'desired' }>): void {
    const wanted = new Map(servers.map((entry) => [entry.server, entry]));
    for (const id of wanted.keys()) if (!this.#servers.has(id)) this.#add(id, null, null);
    for (const [id, entry] of wanted) this.#servers.get(id)!.want(entry);
    for (const id of gone) {
      const server = this.#servers.get(id);
      if (server) server.want('absent');
      else this.#context.reports.gone(id);
    }
  }

  #add(id: string, record: ServerRecord | null, machine: Machine | null): Server {
    const server = new Server(id, this.#context, { record, machine }, () => {
      this.#servers.delete(id);
      this.#context.reports.gone(id);
    });
    server.onLooked = (answer) => this.#looks.answered(looked(server), answer);
    this.#servers.set(id, server);
    return server;
  }

  /** A machine is kept if it is the one its record describes. Where there is no record, any is: it may hold what the record held. */
  async #chooseMachine(id: string, record: ServerRecord | null, found: Machine[]): Promise<Machine | null> {
    const name = record && interfaceName(this.#context.network.instance, record.link);
    const right = found.find(
      (machine) => !record || (machine.kind === record.engine && machine.hostInterface === name),
    );
    for (const machine of found) if (machine !== right) await this.#context.engines.get(machine.kind)?.destroy(id);
    return right ?? null;
  }

  async #ask(ask: Extract<ControlToHost, { type: 'ask' }>, server: Server | undefined): Promise<void> {
    const { id, question, challenge, body } = ask;
    const sealed =
      question === 'forget'
        ? server?.forget()
          ? ''
          : null
        : ((await server?.agent?.ask(question, challenge, body)) ?? null);
    this.#send({ type: 'answer', id, sealed });
  }

  /** There is a newer block table: every server is told. */
  tableChanged(): void {
    for (const server of this.#servers.values()) server.tellTable();
  }
}
