/** The built page as the service serves it: with the service's security headers, and its start page for every address inside. */

import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { headerOptions } from '@lethe/control/http/headers';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** The very policy of the service. */
export const securityHeaders: Record<string, string> = {
  'content-security-policy': policy(),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

function policy(): string {
  const { contentSecurityPolicy } = headerOptions(false);
  if (typeof contentSecurityPolicy !== 'object') throw new Error('The service has no policy.');
  return Object.entries(contentSecurityPolicy.directives ?? {})
    .map(
      ([name, values]) =>
        `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${[...(values as string[])].join(' ')}`,
    )
    .join('; ');
}

export async function pageFile(webRoot: string, path: string, response: ServerResponse): Promise<void> {
  const name = extname(path) ? normalize(path) : 'index.html';
  try {
    const content = await readFile(join(webRoot, name));
    response.writeHead(200, { ...securityHeaders, 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' });
    response.end(content);
  } catch {
    response.writeHead(404, securityHeaders);
    response.end();
  }
}
