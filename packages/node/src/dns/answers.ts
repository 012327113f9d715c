/** Whether something answers DNS at an address: asked with a name that causes no lookup. */

import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `localhost. IN A`: a name every resolver knows by itself. Header, name, type, class. */
const QUESTION = Buffer.concat([
  Buffer.from('4c5401000001000000000000', 'hex'),
  Buffer.from('\tlocalhost\0'),
  Buffer.from('00010001', 'hex'),
]);
const ANSWER_WAIT_MS = 250;
/** Response code (RFC 1035 section 4.1.1): 2 is the filter's word for a resolver that does not answer. */
const SERVFAIL = 2;

/** True if it answers the built-in question, other than with a failure. */
export async function answersDns(address: string, port: number): Promise<boolean> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    const answered = new Promise<boolean>((resolve) => {
      socket.once('message', (message) =>
        resolve(
          message.length >= 12 &&
            message.readUInt16BE(0) === QUESTION.readUInt16BE(0) &&
            (message[3]! & 0x0f) !== SERVFAIL,
        ),
      );
      socket.once('error', () => resolve(false));
    });
    socket.send(QUESTION, port, address, () => {});
    return await Promise.race([answered, sleep(ANSWER_WAIT_MS, false)]);
  } finally {
    socket.close();
  }
}
