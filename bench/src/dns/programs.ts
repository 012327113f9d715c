/** The programs that are compared, each on a port of one namespace's loopback, all before the same names. */

import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageFiles, LetheError } from '@lethe/core';
import { FILTER_ENVIRONMENT, FILTER_FLAGS } from '@lethe/node/filter-start';
import type { TestInternet } from '@lethe/testkit';
import { CACHED_ZONE, type Lists } from './list.ts';

export const PORTS = {
  authority: 5301,
  resolver: 5353,
  lethe: 5354,
  rpz: 5355,
  local_zone: 5356,
  dnsmasq: 5357,
} as const;

/** Names as they stand in the results. */
export const CONTENDERS = ['lethe', 'rpz', 'local_zone', 'dnsmasq'] as const;
export type Contender = (typeof CONTENDERS)[number];

export interface Running {
  port: number;
  pid: number;
  /** From its start to its first answer. */
  startSeconds: number;
}

/** Longer than any of them takes to read a million names. */
const START_LIMIT_S = 120;

export class Programs {
  readonly #net: TestInternet;
  readonly #namespace: string;

  constructor(net: TestInternet, namespace: string) {
    this.#net = net;
    this.#namespace = namespace;
  }

  /** The authority for the names that are cached, and the resolver behind Lethe's filter and dnsmasq. */
  async startResolvers(): Promise<void> {
    const zone = [`local-zone: "${CACHED_ZONE}." redirect`, `local-data: "${CACHED_ZONE}. 3600 A 192.0.2.1"`];
    await this.#unbound(PORTS.authority, 'iterator', zone, '');
    await this.#unbound(PORTS.resolver, 'iterator', [], FORWARD);
  }

  /** Lethe's filter: the program of the server image, started as the agent does. */
  lethe(image: ImageFiles, { filterDirectory }: Lists): Promise<Running> {
    const environment = Object.entries(FILTER_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
    const args = [
      ...FILTER_FLAGS,
      join(image.rootDir, 'opt/lethe/filter.js'),
      `--listen=127.0.0.1:${PORTS.lethe}`,
      `--upstream=127.0.0.1:${PORTS.resolver}`,
      `--directory=${filterDirectory}`,
      '--allow=127.0.0.0/8',
    ];
    const node = join(image.rootDir, 'usr/bin/node');
    return this.#start(PORTS.lethe, 'env', ['-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...environment, node, ...args]);
  }

  rpz({ rpz }: Lists): Promise<Running> {
    return this.#unbound(PORTS.rpz, 'respip iterator', [], `rpz:\n name: "rpz.bench"\n zonefile: "${rpz}"\n${FORWARD}`);
  }

  localZone({ localZones }: Lists): Promise<Running> {
    return this.#unbound(PORTS.local_zone, 'iterator', [], `include: "${localZones}"\n${FORWARD}`);
  }

  dnsmasq({ dnsmasq }: Lists): Promise<Running> {
    return this.#start(PORTS.dnsmasq, 'dnsmasq', [
      '--keep-in-foreground',
      `--conf-file=${dnsmasq}`,
      '--user=root',
      '--pid-file=',
      '--no-resolv',
      '--no-hosts',
      `--server=127.0.0.1#${PORTS.resolver}`,
      '--cache-size=10000',
      '--dns-forward-max=1000',
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      `--port=${PORTS.dnsmasq}`,
    ]);
  }

  #unbound(port: number, modules: string, server: readonly string[], rest: string): Promise<Running> {
    const file = join(this.#net.directory, `unbound-${port}.conf`);
    const lines = [
      `interface: 127.0.0.1@${port}`,
      'username: ""',
      'chroot: ""',
      'directory: "/"',
      'pidfile: ""',
      'use-syslog: no',
      'logfile: "/dev/null"',
      'num-threads: 1',
      // As the servers have it.
      'msg-cache-size: 2m',
      'rrset-cache-size: 4m',
      'edns-buffer-size: 1232',
      'do-not-query-localhost: no',
      `module-config: "${modules}"`,
      'local-zone: "test." nodefault',
      ...server,
    ];
    writeFileSync(
      file,
      `server:\n${lines.map((line) => ` ${line}\n`).join('')}${rest}remote-control:\n control-enable: no\n`,
    );
    return this.#start(port, 'unbound', ['-d', '-c', file]);
  }

  /** Resolves once it answers. Throws `engine_failed` if it ends or does not. */
  async #start(port: number, command: string, args: readonly string[]): Promise<Running> {
    const startedAt = performance.now();
    const child = this.#net.spawn(this.#namespace, command, args);
    child.stdout?.resume();
    child.stderr?.resume();
    await this.#answers(port, child, command);
    return { port, pid: child.pid!, startSeconds: (performance.now() - startedAt) / 1000 };
  }

  async #answers(port: number, child: ChildProcess, command: string): Promise<void> {
    const ask = ['+tries=1', '+timeout=1', '+noall', '+answer', '@127.0.0.1', '-p', `${port}`, `c0.${CACHED_ZONE}`];
    for (const endsAt = performance.now() + START_LIMIT_S * 1000; performance.now() < endsAt; ) {
      const { stdout } = await this.#net.exec(this.#namespace, 'dig', ask, { mayFail: true });
      if (stdout.includes('192.0.2.1')) return;
      if (child.exitCode !== null || child.signalCode !== null) break;
    }
    throw new LetheError('engine_failed', `${command} did not answer. Nothing was measured.`);
  }
}

/** Where Unbound finds the names that end up in its cache. */
const FORWARD = `forward-zone:\n name: "${CACHED_ZONE}."\n forward-addr: 127.0.0.1@${PORTS.authority}\n`;
