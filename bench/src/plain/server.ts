/** A plain WireGuard server in the host namespace of a test internet, and the .conf of its one device. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineKind, ImageFiles } from '@lethe/core';
import { SETTINGS } from '@lethe/host/settings';
import { buildImage } from '@lethe/image';
import { PLACES, run, type TestInternet } from '@lethe/testkit';
import { MachineProgram } from '../machine-program.ts';
import type { PlainMachine } from './machine.ts';
import { PLAIN_DEVICE, PLAIN_SERVER } from './order.ts';

/** Lethe's image with the plain agent in place of Lethe's: same packages, same init, same base. */
export const plainImage = (onProgress: (text: string) => void): Promise<ImageFiles> =>
  buildImage({ agent: fileURLToPath(new URL('./agent.ts', import.meta.url)), onProgress });

const genkey = async (): Promise<{ secret: string; key: string }> => {
  const secret = (await run('wg', ['genkey'])).stdout.trim();
  return { secret, key: (await run('wg', ['pubkey'], { input: secret })).stdout.trim() };
};

export class PlainServer implements AsyncDisposable {
  /** The device's configuration. */
  readonly deviceConf: string;
  readonly #machine: MachineProgram;
  private constructor(deviceConf: string, machine: MachineProgram) {
    this.deviceConf = deviceConf;
    this.#machine = machine;
  }

  /** Resolves once the server runs. Throws `engine_failed` with what its program wrote. */
  static async start(net: TestInternet, engine: EngineKind, image: ImageFiles): Promise<PlainServer> {
    const [server, device] = await Promise.all([genkey(), genkey()]);
    const { port, mtu } = PLAIN_SERVER;
    const wanted: PlainMachine = {
      engine,
      image,
      runDir: join(net.directory, 'plain'),
      instance: net.id,
      memoryMb: SETTINGS.memoryMb[engine],
      pids: SETTINGS.pids,
      conf: `[Interface]\nPrivateKey = ${server.secret}\nListenPort = ${port}\n[Peer]\nPublicKey = ${device.key}\nAllowedIPs = ${PLAIN_DEVICE.ipv4}/32, ${PLAIN_DEVICE.ipv6}/128\n`,
    };
    const machine = await MachineProgram.start(net, new URL('./machine.ts', import.meta.url), wanted);
    const deviceConf = [
      '[Interface]',
      `PrivateKey = ${device.secret}`,
      `Address = ${PLAIN_DEVICE.ipv4}/32, ${PLAIN_DEVICE.ipv6}/128`,
      `MTU = ${mtu}`,
      '[Peer]',
      `PublicKey = ${server.key}`,
      `Endpoint = ${PLACES.host.ipv4}:${port}`,
      'AllowedIPs = 0.0.0.0/0, ::/0',
      'PersistentKeepalive = 25',
    ].join('\n');
    return new PlainServer(deviceConf, machine);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#machine[Symbol.asyncDispose]();
  }
}
