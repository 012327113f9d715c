/** What a drill's device sends through its tunnel, and how it is seen to arrive. */

import { LetheError } from '@lethe/core';
import type { Device, run } from '@lethe/testkit';
import type { DrillMarkers, DrillPlaces } from './markers.ts';

/** A connected device, and how to run something in its network. */
export interface DrillDevice extends AsyncDisposable {
  device: Device;
  exec: typeof run;
}

/**
 * Sends a page's request, a TLS hello with a name, and datagrams with a word in them. Ends with status 1 unless all came there: the page is
 * there, the TLS hello is answered, if not in TLS, and ten datagrams come back.
 */
const SEND = `
const [address, tlsPort, echoPort, host, sni, word] = process.argv.slice(1);
const family = address.includes(':') ? 'udp6' : 'udp4';
setTimeout(() => process.exit(1), 10000).unref();
const page = new Promise((resolve, reject) => {
  const request = require('node:http').get({ host: address, headers: { host }, agent: false }, (answer) => {
    answer.resume();
    answer.statusCode === 200 ? resolve() : reject();
  });
  request.on('error', reject);
});
const echo = new Promise((resolve) => {
  const socket = require('node:dgram').createSocket(family);
  const again = setInterval(() => socket.send(word, Number(echoPort), address), 100);
  let left = 10;
  socket.on('message', (text) => {
    if (String(text) !== word || --left > 0) return;
    clearInterval(again);
    socket.close(resolve);
  });
});
const hello = new Promise((resolve, reject) => {
  const tls = require('node:tls').connect({ host: address, port: Number(tlsPort), servername: sni, rejectUnauthorized: false });
  tls.on('secureConnect', resolve);
  tls.on('error', (error) => (/^ERR_SSL/.test(error.code) ? resolve() : reject(error)));
});
Promise.all([page, echo, hello]).then(() => process.exit(0), () => process.exit(1));
`;

/** A name that does not exist is an answer too: the resolver has asked for it. */
const ANSWERED = ['NOERROR', 'NXDOMAIN'];

/** Sends every marker from one device. Throws `engine_failed` if anything of it did not arrive: a drill would show nothing then. */
export async function sendMarkers(
  { device, exec }: DrillDevice,
  markers: DrillMarkers,
  { web, tlsPort, echoPort, zone }: DrillPlaces,
): Promise<void> {
  const lost = (what: string): LetheError =>
    new LetheError('engine_failed', `The drill's ${what} did not arrive. Nothing was shown; run it again.`);
  await device.handshake().catch(() => {
    throw lost('handshake');
  });
  // The page's name is looked up as well, as a browser would.
  for (const word of [markers.dns, markers.host]) {
    const { rcode } = await device.resolve(`${word}.${zone}`);
    if (!ANSWERED.includes(rcode ?? '')) throw lost(`lookup under ${zone}`);
  }
  for (const address of web) {
    const words = [`${markers.host}.${zone}`, `${markers.sni}.${zone}`, markers.udp];
    const args = ['-e', SEND, address, String(tlsPort), String(echoPort), ...words];
    const { code } = await exec(process.execPath, args, { mayFail: true });
    if (code !== 0) throw lost('request, datagrams or TLS');
  }
}
