/**
 * Program: one signed request to the fleet's API from inside the host namespace, for what the command line rightly refuses to ask:
 * another owner's server, or a server after the account is closed. Input: JSON on standard input, see `FleetRequest`. Output:
 * `{"status","code"}`, where code is the API's error code or null.
 */

import { text } from 'node:stream/consumers';
import { parseRecoveryText } from '@lethe/api';
import { ownerKeys, signRequest } from '@lethe/core';

export interface FleetRequest {
  url: string;
  method: string;
  /** With its query, if it has one. */
  path: string;
  recoveryKey: string;
}

const { url, method, path, recoveryKey } = JSON.parse(await text(process.stdin)) as FleetRequest;
const owner = await ownerKeys(await parseRecoveryText(recoveryKey));
const target = new URL(path, url);
const request = { method, path: target.pathname, query: target.search || '?', body: new Uint8Array(0) };
const headers = await signRequest(request, owner.sign, owner.ownerKey, Date.now() / 1000);
const response = await fetch(target, { method, headers: { ...headers } });
const body = await response.text();
const code = body.startsWith('{') ? ((JSON.parse(body) as { error?: { code?: string } }).error?.code ?? null) : null;
process.stdout.write(JSON.stringify({ status: response.status, code }));
