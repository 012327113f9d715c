/** What `lethe up` was asked to do, checked before anything is touched. */

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { ENGINE_KINDS, type EngineKind, isEpochLength, LetheError } from '@lethe/core';

/** Options as commander hands them over: text, unchecked. */
export interface RawUpOptions {
  data: string;
  port: string;
  engine: string;
  publicAddress?: string[];
  ports: string;
  region: string;
  rootAnchor?: string;
  epoch: string;
  json?: boolean;
}

export interface UpOptions {
  dataDir: string;
  port: number;
  engine: EngineKind | 'auto';
  /** Names or addresses that devices outside dial; empty: those of the default route. */
  publicAddresses: string[];
  /** UDP ports for servers. */
  ports: { first: number; count: number };
  region: { id: string; name: string };
  rootAnchors: string[] | null;
  /** Seconds of an epoch of the evidence. */
  epochS: number;
  json: boolean;
}

const usage = (message: string): LetheError => new LetheError('bad_request', `${message} Nothing was started.`);

function parsePort(text: string, option: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65535) throw usage(`${option} takes a port from 1 to 65535.`);
  return port;
}

function parsePorts(text: string): { first: number; count: number } {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  if (!match) throw usage('--ports takes a range such as 51820-52819.');
  const [first, last] = [parsePort(match[1]!, '--ports'), parsePort(match[2]!, '--ports')];
  if (last < first) throw usage('--ports takes a range whose end is not before its start.');
  return { first, count: last - first + 1 };
}

function parseEpoch(text: string): number {
  const seconds = Number(text);
  if (!/^\d{2,5}$/.test(text) || !isEpochLength(seconds))
    throw usage('--epoch takes seconds, from 10 to 86400, of which a day is a multiple.');
  return seconds;
}

function parseAddress(text: string): string {
  const name = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
  if (isIP(text) === 0 && !name.test(text)) throw usage('--public-address takes an IP address or a host name.');
  return text;
}

function parseRegion(text: string): { id: string; name: string } {
  const id = text.toLowerCase();
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(id))
    throw usage('--region takes a short name of letters, digits and hyphens.');
  return { id, name: text };
}

/** DS or DNSKEY lines of a file. Throws `bad_request`. */
export function readAnchors(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LetheError('bad_request', `The file given with --root-anchor cannot be read. Nothing was started.`, {
      cause,
    });
  }
  const anchors = text
    .split('\n')
    .map((line) => line.replace(/;.*/, '').trim())
    .filter((line) => line !== '');
  if (anchors.length === 0 || !anchors.every((line) => /\b(DS|DNSKEY)\b/.test(line))) {
    throw usage('The file given with --root-anchor holds no DS or DNSKEY lines.');
  }
  return anchors;
}

/** Checks the options. Relative paths start at `cwd`. Throws `bad_request` or `unknown_engine`. */
export function parseUpOptions(raw: RawUpOptions, cwd: string): UpOptions {
  if (raw.engine !== 'auto' && !(ENGINE_KINDS as readonly string[]).includes(raw.engine)) {
    throw new LetheError(
      'unknown_engine',
      `There is no such engine. Choose auto, ${ENGINE_KINDS.join(' or ')}. Nothing was started.`,
    );
  }
  return {
    dataDir: resolve(cwd, raw.data),
    port: parsePort(raw.port, '--port'),
    engine: raw.engine as EngineKind | 'auto',
    publicAddresses: (raw.publicAddress ?? []).map(parseAddress),
    ports: parsePorts(raw.ports),
    region: parseRegion(raw.region),
    rootAnchors: raw.rootAnchor === undefined ? null : readAnchors(resolve(cwd, raw.rootAnchor)),
    epochS: parseEpoch(raw.epoch),
    json: raw.json === true,
  };
}
