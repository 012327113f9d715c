/** What every verb works with: the global options, the customer they open, and ways to ask and to show progress. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Customer, openCustomer } from '@lethe/api';
import { LetheError } from '@lethe/core';
import { FileStore } from './profile.ts';
import { createProgress, type Progress } from './progress.ts';

export const DEFAULT_SERVICE = 'http://localhost:8640';

export interface Io {
  json: boolean;
  /** True if questions can be asked: a terminal on both ends and no `--json`. */
  interactive: boolean;
  service: string;
  store: FileStore;
  customer: Customer;
  progress: Progress;
}

export interface GlobalOptions {
  json?: boolean;
  service?: string;
  profile?: string;
}

/** Throws `bad_request` for a service address that cannot be used. */
export function openIo(options: GlobalOptions, env: NodeJS.ProcessEnv = process.env): Io {
  const json = options.json === true;
  const service = serviceUrl(options.service ?? (env['LETHE_SERVICE'] || DEFAULT_SERVICE));
  const store = new FileStore(join(profileDir(options.profile, env), directoryOf(service)));
  return {
    json,
    interactive: !json && process.stdin.isTTY === true && process.stderr.isTTY === true,
    service,
    store,
    customer: openCustomer({ service, store }),
    progress: createProgress(json),
  };
}

function profileDir(option: string | undefined, env: NodeJS.ProcessEnv): string {
  return option !== undefined ? resolve(option) : join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'lethe');
}

/** A profile keeps each service apart, so that no service is sent another's session or can join its customers with another's. */
const directoryOf = (service: string): string => new URL(service).host.replace(/[^A-Za-z0-9.-]/g, '_');

const LOOPBACK = /^(?:localhost|[^.]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The origin of a service. Plain http is for this machine only: elsewhere the session could be read on the way. */
export function serviceUrl(text: string): string {
  if (!URL.canParse(text))
    throw new LetheError(
      'bad_request',
      'The address of the service is not a URL. Example: --service https://vpn.example.net',
    );
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    throw new LetheError(
      'bad_request',
      'The address of the service must start with https:// (http:// only for localhost).',
    );
  }
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new LetheError(
      'bad_request',
      'The address of the service has only a name and a port. Example: --service https://vpn.example.net',
    );
  }
  return url.origin;
}
