/**
 * The whole real service, with the control plane or the supervisor ended as by `kill -9` at a step of making and one of ending a server:
 * afterwards there is exactly the server its owner asked for, or nothing of it at all.
 */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ErrorCode, LetheError } from '@lethe/core';
import { TestInternet, until } from '@lethe/testkit';
import { Customer } from '../src/demo/customer.ts';
import { hostInterfaces, leftovers } from '../src/demo/leftovers.ts';
import { Service } from '../src/demo/service.ts';

/** Steps of both processes, in the order of a server's life. Each package tests its own complete list on its own. */
const MAKING = [
  'voucher.counted',
  'create.voucher-spent',
  'create.stored',
  'create.committed',
  'create.handed-over',
  'create.sent',
  'up:record-sealed',
  'up:machine-made',
  'up:rules-on',
  'up:keys-received',
  'up:keys-sealed',
  'enrol.stored',
] as const;
const ENDING = [
  'delete.marked',
  'delete.committed',
  'delete.sent',
  'down:rules-off',
  'down:machine-ended',
  'down:record-deleted',
  'delete.row-removed',
  'delete.finished',
] as const;

/** What the service says of a part that ended. */
const ENDED = 'ended by itself';
const RETRY_LIMIT_MS = 90_000;
let net: TestInternet;

before(async () => {
  net = await TestInternet.create({ clients: [] });
});
after(() => net?.[Symbol.asyncDispose]());

for (const [place, making] of MAKING.entries()) {
  const ending = ENDING[place % ENDING.length]!;
  test(`killed at ${making}, and at ${ending}`, async () => {
    const dataDir = join(net.directory, `data-${place}`);
    const service = new Service(net, { engine: 'container', dataDir, crashAt: `${making},${ending}` });
    await service.start();
    try {
      const customer = new Customer(net, service, `customer-${place}`);
      await customer.signUp();
      await insist('the server is made', () => customer.lethe('server', 'create', 'main'), 'already_exists');
      const made = await insist('the server is listed', () => customer.lethe<Servers>('server', 'list'));
      assert.deepEqual(
        made.servers.map(({ name, state }) => ({ name, state })),
        [{ name: 'main', state: 'ready' }],
        'one server, not none and not two',
      );
      assert.equal((await hostInterfaces(net)).length, 1, 'one machine');
      const crashes = service.timesSaid(ENDED);
      assert.ok(crashes > 0, 'the first crash point was reached');

      await insist('the server is ended', () => customer.lethe('server', 'delete', 'main', '--yes'), 'not_found');
      const gone = async (): Promise<boolean> => (await hostInterfaces(net)).length === 0;
      await until('nothing of the server is left on the host', gone, RETRY_LIMIT_MS);
      const left = await insist('the list is empty', () => customer.lethe<Servers>('server', 'list'));
      assert.deepEqual(left.servers, []);
      assert.ok(service.timesSaid(ENDED) > crashes, 'the second crash point was reached');
    } finally {
      const marks = { instance: service.instance, dataDir };
      await service.stop();
      assert.deepEqual(await leftovers(net, marks), []);
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
}

interface Servers {
  servers: { name: string; state: string }[];
}

/** What a person does when the service was gone for a moment: the same command again, until it works or says it is `done`. */
async function insist<T>(what: string, command: () => Promise<T>, done?: ErrorCode): Promise<T> {
  const answer = await until(
    what,
    async () => {
      try {
        return { value: await command() };
      } catch (error) {
        if (error instanceof LetheError && error.code === done) return { value: undefined as T };
        throw error;
      }
    },
    RETRY_LIMIT_MS,
    // Each try is a whole program.
    1500,
  );
  return answer.value;
}
