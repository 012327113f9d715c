/** Program: takes what a service tells a webhook, and prints each event with the time it came, one line of JSON. First line: its port. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const cameAt = Date.now();
    const { id, kind, event } = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    process.stdout.write(`${JSON.stringify({ id, kind, event, cameAt })}\n`);
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
