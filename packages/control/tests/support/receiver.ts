/** A receiver of alarms on this machine: a real HTTP server that takes what it is sent, or refuses while a test wants it to. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape
  body: any;
}

export interface Receiver {
  readonly url: string;
  /** What it took, in order. */
  readonly taken: Received[];
  /** How often it was asked, refusals too. */
  asked: number;
  /** The most requests it ever had at once. */
  most: number;
  /** The status it answers with; a redirect leads to `elsewhere`. */
  status: number;
  readonly elsewhere: string;
}

export async function startReceiver(t: TestContext): Promise<Receiver> {
  let now = 0;
  const server = createServer((request, response) => {
    now += 1;
    receiver.most = Math.max(receiver.most, now);
    receiver.asked += 1;
    void (async () => {
      const text = (await request.toArray()).join('');
      // Long enough that a second request at the same time would show.
      await new Promise((resolve) => setTimeout(resolve, 5));
      const taken = { path: request.url!, headers: request.headers, text, body: JSON.parse(text) };
      if (receiver.status === 200 || request.url === '/elsewhere') receiver.taken.push(taken);
      now -= 1;
      response.writeHead(receiver.status, { location: '/elsewhere' }).end('a body that nobody keeps');
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const receiver: Receiver = { url, taken: [], asked: 0, most: 0, status: 200, elsewhere: '/elsewhere' };
  return receiver;
}
