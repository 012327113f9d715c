/** What the host process is started with: the first message from its parent, checked. */

import { ENGINE_KINDS, type EngineKind, type ImageFiles, LetheError } from '@lethe/core';
import type { ReleaseContent } from '@lethe/verify';
import { type Fields, isCount, isText } from './fields.ts';

export interface HostConfig {
  /** Absolute. Holds `host/key`, `host/id`, `host/seal-key` and `host/servers/`. */
  dataDir: string;
  /** Absolute, on tmpfs: the engines' directories, and what must not outlive a reboot. */
  runDir: string;
  /** Six hexadecimal digits: the mark on everything in the kernel. */
  instance: string;
  /** https; http only to this machine itself. */
  controlUrl: string;
  joinToken: string | null;
  region: { id: string; name: string };
  engine: EngineKind | 'auto';
  publicAddresses: string[];
  ports: { first: number; count: number };
  rootAnchors: string[] | null;
  image: ImageFiles;
  /** What servers run; then none starts without an approved release that says exactly this. Null: nobody asks for releases (tests). */
  content: ReleaseContent | null;
}

/** Links of one host, and so servers. */
const MOST_SERVERS = 16384;

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => isText(entry, 4096));

/** What the control plane says is not signed: whoever could change it on its way could make servers for keys of their own. */
const isSafeUrl = (url: URL | null): boolean =>
  url?.protocol === 'https:' ||
  (url?.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname));

/** Checks the message. Throws `bad_request` or `unknown_engine`. */
export function parseHostConfig(message: unknown): HostConfig {
  const value = message as Fields & HostConfig;
  const bad = (field: string): never => {
    throw new LetheError('bad_request', `The host's ${field} cannot be used. Nothing was started.`);
  };
  if (typeof message !== 'object' || message === null) return bad('configuration');
  if (!isText(value.dataDir, 4096) || !value.dataDir.startsWith('/')) return bad('data directory');
  if (!isText(value.runDir, 4096) || !value.runDir.startsWith('/')) return bad('run directory');
  if (!isText(value.instance, 6) || !/^[0-9a-f]{6}$/.test(value.instance)) return bad('instance');
  if (!isText(value.controlUrl, 4096) || !isSafeUrl(URL.parse(value.controlUrl))) return bad('control URL');
  if (value.joinToken !== null && !isText(value.joinToken, 128)) return bad('join token');
  if (!isText(value.region?.id, 64) || !isText(value.region?.name, 64)) return bad('region');
  if (value.engine !== 'auto' && !(ENGINE_KINDS as readonly unknown[]).includes(value.engine)) {
    throw new LetheError('unknown_engine', 'There is no such engine. Nothing was started.');
  }
  if (!isTexts(value.publicAddresses) || value.publicAddresses.length === 0) return bad('public addresses');
  const { first, count } = value.ports ?? {};
  if (!isCount(first, 65535) || !isCount(count, 65536 - first) || first < 1 || count < 1) return bad('port range');
  if (value.rootAnchors !== null && !isTexts(value.rootAnchors)) return bad('trust anchors');
  if (typeof value.image?.digest !== 'string') return bad('image');
  if (value.content !== null && typeof value.content?.image !== 'string') return bad('content of a release');
  return { ...value, ports: { first, count: Math.min(count, MOST_SERVERS) } };
}
