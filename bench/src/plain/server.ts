/** A plain WireGuard server in the host namespace of a test internet, and the .conf of its one device. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EngineKind, type ImageFiles, LetheError } from '@lethe/core';
import { SETTINGS } from '@lethe/host/settings';
import { buildImage } from '@lethe/image';
import { PLACES, run, type TestInternet } from '@lethe/testkit';
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
  readonly #machine: ReturnType<typeof spawn>;
  private constructor(deviceConf: string, machine: ReturnType<typeof spawn>) {
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
    const program = fileURLToPath(new URL('./machine.ts', import.meta.url));
    const [command, args] = net.enter('host', process.execPath, ['--disable-warning=ExperimentalWarning', program]);
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(wanted)}\n`);
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('close', () =>
        reject(new LetheError('engine_failed', `The plain server did not start: ${said.trim()}`)),
      );
    });
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
    return new PlainServer(deviceConf, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#machine.exitCode !== null) return;
    this.#machine.stdin!.end();
    await once(this.#machine, 'close');
  }
}
