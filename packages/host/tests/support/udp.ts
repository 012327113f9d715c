/**
 * One UDP datagram from or to the namespace this runs in. `receive PORT` prints the sender's `address port` and answers; `send ADDRESS PORT
 * [FROM-PORT [FROM-ADDRESS]]` prints `answered` or `silence`.
 */

import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

const [verb, ...rest] = process.argv.slice(2);
/** Milliseconds to wait for an answer: it would come from the same machine. */
const SILENCE_MS = 700;

if (verb === 'receive') {
  const socket = createSocket({ type: 'udp6', ipv6Only: false });
  socket.on('message', (_, { address, port }) => {
    console.log(`${address.replace('::ffff:', '')} ${port}`);
    socket.send('pong', port, address);
  });
  socket.bind(Number(rest[0]), () => console.log('listening'));
} else {
  const [address, port, fromPort = '0', fromAddress] = rest;
  const socket = createSocket(isIPv6(address!) ? 'udp6' : 'udp4');
  const finish = (word: string): void => {
    console.log(word);
    process.exit();
  };
  socket.on('message', () => finish('answered'));
  socket.on('error', () => finish('silence'));
  socket.bind({ port: Number(fromPort), ...(fromAddress ? { address: fromAddress } : {}) }, () => {
    socket.send('ping', Number(port), address);
    setTimeout(() => finish('silence'), SILENCE_MS);
  });
}
