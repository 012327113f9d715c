/**
 * Program: the web server and the collector of the test internet. HTTP on port 80 answers a known text and the address it saw;
 * `/bytes/N` answers N bytes. UDP port 7 sends back what it gets, port 9 discards it. The collector (argument `collector`) takes any
 * TCP connection on port 80 and any datagram on port 9 without a word.
 */

import { createSocket } from 'node:dgram';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { SITE } from '../plan.ts';

const ONE_MEGABYTE = Buffer.alloc(1 << 20);

const ready: Promise<unknown>[] = [];
const listening = (start: (done: () => void) => void): void => {
  ready.push(new Promise<void>((resolve) => start(resolve)));
};

if (process.argv[2] === 'collector') {
  const sink = createServer((socket) => socket.on('error', () => {}).resume());
  listening((done) => sink.listen(80, '::', done));
} else {
  const server = createHttpServer((request, response) => {
    const source = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const size = /^\/bytes\/(\d{1,10})$/.exec(request.url ?? '')?.[1];
    if (size === undefined) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ greeting: SITE.greeting, source }));
      return;
    }
    let left = Number(size);
    response.setHeader('content-length', left);
    const more = (): void => {
      while (left > 0) {
        const part = ONE_MEGABYTE.subarray(0, Math.min(left, ONE_MEGABYTE.length));
        left -= part.length;
        if (!response.write(part)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  server.keepAliveTimeout = 1;
  listening((done) => server.listen(80, '::', done));
}

for (const family of ['udp4', 'udp6'] as const) {
  const options = { type: family, ipv6Only: family === 'udp6' };
  const echo = createSocket(options, (message, peer) => echo.send(message, peer.port, peer.address));
  const discard = createSocket(options, () => {});
  listening((done) => echo.bind(7, done));
  listening((done) => discard.bind(9, done));
}

await Promise.all(ready);
process.stdout.write('ready\n');
