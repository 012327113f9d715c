/**
 * kill -9 of the control process at every step of making and ending a server, then a restart: no server is lost, no voucher is spent
 * twice or for nothing, nothing is left over. The process is the real one; it kills itself at the named point.
 */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CRASH_POINTS, type CrashPoint } from '@lethe/control';
import { newServerId, type OwnerKeys } from '@lethe/core';
import { type Answer, type Call, call, codeOf, list, newOwner } from './support/customer.ts';
import { query, testDatabase } from './support/database.ts';
import { join, newHostKeys } from './support/host.ts';
import { type ControlProcess, forkControl } from './support/process.ts';
import { until } from './support/service.ts';
import { StoryHost } from './support/story-host.ts';

const database = testDatabase();

/** One service that is killed and started again, with its host and its customer. */
class Story {
  crashes = 0;
  token = '';
  owner!: OwnerKeys;
  host!: StoryHost;
  control!: ControlProcess;
  readonly #t: TestContext;
  readonly config: { dataDir: string; databaseUrl: string };

  private constructor(t: TestContext, config: Story['config']) {
    this.#t = t;
    this.config = config;
  }

  static async begin(t: TestContext): Promise<Story> {
    const dataDir = joinPath(database.directory, 'crash');
    mkdirSync(dataDir, { mode: 0o711 });
    const story = new Story(t, { dataDir, databaseUrl: await database.create() });
    await story.start();
    const keys = await newHostKeys();
    const { body } = await join(story.control, keys, await story.control.joinToken());
    story.host = new StoryHost(story.control, keys, body.hostId);
    t.after(() => story.host.stop());
    story.owner = await newOwner();
    const email = 'crash@example.com';
    await call(story.control, 'POST', '/api/account/codes', { body: { email } });
    const mail = await until(() => story.control.mails[0]);
    const session = await call(story.control, 'POST', '/api/account/sessions', { body: { email, code: codeOf(mail) } });
    story.token = session.body.token;
    await query(story.config.databaseUrl, 'update accounts.accounts set servers_per_period = 100');
    return story;
  }

  async start(point?: CrashPoint): Promise<void> {
    this.control = await forkControl(this.#t, this.config, { LETHE_CRASH_AT: point ?? '' });
    this.host?.follow(this.control);
  }

  /** Sends a request until it is answered; a process that was killed is started again without its crash point. */
  async ask(method: string, path: string, request: Call): Promise<Answer> {
    for (;;) {
      try {
        const answer = await call(this.control, method, path, request);
        if (answer.body?.error?.code !== 'no_capacity') return answer;
        await new Promise((resolve) => setTimeout(resolve, 20));
      } catch {
        await this.revive();
      }
    }
  }

  async revive(): Promise<void> {
    assert.equal(await this.control.ended, 'SIGKILL');
    this.crashes += 1;
    await this.start();
  }

  count(table: string): Promise<number> {
    return query<{ n: number }>(this.config.databaseUrl, `select count(*)::integer as n from ${table}`).then(
      ([row]) => row!.n,
    );
  }
}

test('at every step, a kill and a restart lose nothing and leave nothing', async (t) => {
  const story = await Story.begin(t);
  for (const point of CRASH_POINTS) {
    await t.test(point, async () => {
      await story.control.stop();
      await story.start(point);
      const [crashes, spent] = [story.crashes, await story.count('fleet.spent_vouchers')];
      await wholeLife(story, point);
      assert.equal(story.crashes, crashes + 1, 'the point was reached, once');
      assert.equal(await story.count('fleet.spent_vouchers'), spent + 1, 'one voucher for one server');
      assert.equal(await story.count('fleet.servers'), 0);
      assert.equal(story.host.machines.size, 0, 'no orphan on the host');
    });
  }
});

async function wholeLife(story: Story, point: CrashPoint): Promise<void> {
  const { token, owner } = story;
  const issued = async () => (await story.ask('GET', '/api/account', { token })).body.plan.issued;
  const before = await issued();
  const { voucher } = (await story.ask('POST', '/api/account/vouchers', { token, body: {} })).body;
  assert.equal(await issued(), before + (point === 'voucher.counted' ? 2 : 1));

  const id = newServerId();
  const path = `/api/servers/${id}`;
  const body = { voucher, region: 'home', engine: 'auto', devices: await list(owner, id, 1) };
  const made = await story.ask('PUT', path, { owner, body });
  assert.ok([200, 201].includes(made.status), `create answered ${made.status}`);
  const ready = await until(async () => {
    const { body: view } = await story.ask('GET', path, { owner });
    return view.state === 'ready' && view.wireguardKey !== null && view.counter === 1 && view;
  });
  assert.equal(ready.wireguardKey, story.host.machines.get(id)?.wireguardKey, 'the key of the machine that runs');
  assert.deepEqual([...story.host.machines.keys()], [id]);
  assert.equal((await story.ask('GET', '/api/servers', { owner })).body.servers.length, 1);

  const ending = await story.ask('DELETE', path, { owner });
  assert.ok([202, 404].includes(ending.status), `delete answered ${ending.status}`);
  await until(async () => (await story.ask('GET', path, { owner })).status === 404);
  // A kill after the row is gone shows only at the next request.
  if (point === 'delete.finished') await story.ask('GET', '/api/servers', { owner });
}
