/** Lethe itself, as a stranger would run it: `./lethe up` in the host namespace of a test internet, and customers at its command line. */

import { join } from 'node:path';
import { Customer } from '@lethe/cli/demo/customer';
import { Service } from '@lethe/cli/demo/service';
import { buildImage } from '@lethe/image';
import { type ClientSpec, requireTools, TestInternet } from '@lethe/testkit';
import type { BenchContext } from './bench.ts';

export interface Lethe extends AsyncDisposable {
  net: TestInternet;
  service: Service;
  /** A customer who has signed up. */
  customer(name: string): Promise<Customer>;
}

/** Starts the service with one engine. Everything is gone after dispose. */
export async function startLethe(
  engine: string,
  clients: readonly ClientSpec[],
  context: BenchContext,
): Promise<Lethe> {
  requireTools('iperf3', 'ping', 'wg');
  await buildImage({ onProgress: context.progress });
  const net = await TestInternet.create({ clients });
  const service = new Service(net, { engine, dataDir: join(net.directory, 'service') });
  const stop = async (): Promise<void> => {
    try {
      await service.stop();
      service.forget();
    } finally {
      await net[Symbol.asyncDispose]();
    }
  };
  try {
    await service.start();
  } catch (error) {
    await stop().catch(() => {}); // the first error says more
    throw error;
  }
  return {
    net,
    service,
    async customer(name) {
      const customer = new Customer(net, service, name);
      await customer.signUp();
      return customer;
    },
    [Symbol.asyncDispose]: stop,
  };
}
