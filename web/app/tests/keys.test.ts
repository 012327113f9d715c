/** Secrets stay where they belong: what the page sends, what it keeps, and whose key opens what. */

import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { buildApp } from '../build.ts';
import { type Browser, startBrowser } from './lib/browser.ts';
import { type Double, startDouble } from './lib/double.ts';
import {
  addDevice,
  addRule,
  button,
  getServer,
  heading,
  inForce,
  link,
  signIn,
  signUp,
  textOf,
  turn,
} from './lib/steps.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

async function world(t: TestContext): Promise<{ double: Double; page: Page }> {
  const double = await startDouble(await buildApp());
  const { page, context, complaints } = await browser.open(double.url);
  t.after(async () => {
    await context.close();
    await double.close();
    assert.deepEqual(complaints, []);
  });
  return { double, page };
}

const signOut = async (page: Page, forget: boolean): Promise<void> => {
  await link(page, 'Account').click();
  await link(page, 'Sign out').click();
  if (forget) await page.getByLabel('Also remove my key').check();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await heading(page, 'Sign in').waitFor();
};

test('no secret and no name ever leaves the browser in clear', async (t) => {
  const { double, page } = await world(t);
  const recoveryKey = await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Hideaway');
  const config = await addDevice(page, 'Burner');
  const privateKey = /^PrivateKey = (.*)$/m.exec(config)![1]!;
  const publicKey = [...double.fleet.rows.values()][0]!.list.devices[0]!.key;
  const sent = double.seen.map((one) => `${one.path} ${one.body}`).join('\n');
  const opened = sent + double.seen.map((one) => plaintextOf(one.body)).join('\n');
  for (const secret of [privateKey, recoveryKey, recoveryKey.replaceAll('-', ''), 'Hideaway', 'Burner']) {
    assert.ok(!opened.includes(secret), 'something secret was sent');
  }
  assert.ok(opened.includes(publicKey), 'the check looks in the right place');
});

test('no category and no rule leaves the browser in clear, and its size tells nothing', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Home');
  await inForce(page);
  await turn(page, 'Gambling', true);
  await inForce(page);
  await addRule(page, 'block', 'embarrassing.example');
  await addRule(page, 'allow', 'bücher.example');
  await page.getByRole('button', { name: 'Remove xn--bcher-kva.example' }).waitFor();
  await inForce(page);
  const server = [...double.fleet.rows.values()][0]!;
  assert.deepEqual(server.settings?.filter.block, ['embarrassing.example'], 'the server did not get the rule');
  assert.ok(server.settings.filter.categories.includes('gambling'));
  const sent = double.seen.map((one) => `${one.path} ${one.body}`).join('\n');
  const opened = `${sent}\n${decodedIn(sent)}`.toLowerCase();
  for (const name of ['gambling', 'trackers', 'nxdomain', 'embarrassing', 'xn--bcher', 'bücher'])
    assert.ok(!opened.includes(name), `${name} was sent in clear`);
  const sizes = double.seen.filter(({ path }) => path.endsWith('/questions')).map(({ body }) => body.length);
  assert.ok(sizes.length >= 3, 'the check looks in the right place');
  assert.equal(new Set(sizes).size, 1, 'the size of a change depends on what is in it');
});

/** Everything in a text that can be read as base64, decoded at each of four offsets. */
function decodedIn(text: string): string {
  const runs = text.match(/[A-Za-z0-9+/_-]{12,}/g) ?? [];
  return runs
    .flatMap((run) => [0, 1, 2, 3].map((offset) => Buffer.from(run.slice(offset), 'base64').toString('latin1')))
    .join('\n');
}

/** Payload of the signed list in a body, if there is one. */
function plaintextOf(body: string): string {
  const payload = /"payload":"([^"]+)"/.exec(body)?.[1];
  return payload ? Buffer.from(payload, 'base64').toString() : '';
}

test('requests about servers are signed and carry no session; requests about the account the reverse', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Home');
  await addDevice(page, 'Phone');
  const fleet = double.seen.filter(({ path }) => path.startsWith('/api/servers'));
  const account = double.seen.filter(({ path }) => path.startsWith('/api/account'));
  assert.ok(fleet.length > 3 && account.length > 3);
  assert.deepEqual(
    fleet.filter((one) => one.cookie || !one.signed),
    [],
  );
  assert.deepEqual(
    account.filter((one) => one.signed),
    [],
  );
});

test('the private key of a device is kept nowhere: leaving the page ends it', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Home');
  const config = await addDevice(page, 'Phone');
  const privateKey = /^PrivateKey = (.*)$/m.exec(config)![1]!;
  const secret = [...Buffer.from(privateKey, 'base64')].join();
  assert.ok(!(await everythingKept(page)).some((text) => text.includes(privateKey) || text.includes(secret)));
  await page.goBack();
  await heading(page, 'Devices').waitFor();
  await page.goForward();
  await heading(page, 'Add a device').waitFor();
  assert.ok(!(await page.content()).includes(privateKey));
});

/** All that the page keeps in this browser, as text. */
const everythingKept = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open('lethe', 1);
      opening.onsuccess = () => resolve(opening.result);
    });
    const values = await new Promise<unknown[]>((resolve) => {
      const reading = database.transaction('shelves').objectStore('shelves').getAll();
      reading.onsuccess = () => resolve(reading.result);
    });
    const seeds = values.map((value) => String((value as { seed?: Uint8Array }).seed ?? ''));
    return [...seeds, JSON.stringify(values), JSON.stringify({ ...localStorage, ...sessionStorage }), document.cookie];
  });

test('the owner key survives signing out, unless it is to be removed', async (t) => {
  const { double, page } = await world(t);
  const key = await signUp(page, double, 'ada@example.net');
  await signOut(page, false);
  await signIn(page, double, 'ada@example.net');
  await heading(page, 'Your servers').waitFor();
  await signOut(page, true);
  assert.ok(!(await everythingKept(page)).join('').match(/\d+,\d+,\d+/), 'a seed was left behind');
  await signIn(page, double, 'ada@example.net');
  await heading(page, 'Bring your recovery key').waitFor();
  await page.getByLabel('Recovery key').fill(`Lethe recovery key\n\n${key}\n\nWhoever has this key`);
  await button(page, 'Use this key').click();
  await heading(page, 'Your servers').waitFor();
});

test('two people who share a browser have different owner keys, and neither sees the other’s servers', async (t) => {
  const { double, page } = await world(t);
  const ada = await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Home of Ada');
  await signOut(page, false);
  const bob = await signUp(page, double, 'bob@example.net');
  assert.notEqual(ada, bob);
  await heading(page, 'No server yet').waitFor();
  await signOut(page, false);
  await signIn(page, double, 'Ada@Example.net'.toLowerCase());
  await link(page, 'Home of Ada').waitFor();
});

test('the recovery key of another account is refused and changes nothing', async (t) => {
  const { double, page } = await world(t);
  const ada = await signUp(page, double, 'ada@example.net');
  await signOut(page, true);
  const bob = await signUp(page, double, 'bob@example.net');
  await signOut(page, true);
  await signIn(page, double, 'bob@example.net');
  await page.getByLabel('Recovery key').fill(ada);
  await button(page, 'Use this key').click();
  await page.getByText('This is the recovery key of another account.').waitFor();
  await page.goto('/servers');
  await heading(page, 'Bring your recovery key').waitFor();
  await page.getByLabel('Recovery key').fill(bob);
  await button(page, 'Use this key').click();
  await heading(page, 'No server yet').waitFor();
});

test('without the key an account can still be closed', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Home');
  await heading(page, 'Devices').waitFor();
  await signOut(page, true);
  await signIn(page, double, 'ada@example.net');
  await page.getByText('I no longer have it').click();
  await link(page, 'Close this account').click();
  await page.getByText('they end when their lease is over').waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close account' }).click();
  await heading(page, 'Your account is closed').waitFor();
  assert.equal(double.accounts.has('ada@example.net'), false);
  assert.equal(double.fleet.rows.size, 1);
});

test('the recovery key can be copied, and looked at again under Account', async (t) => {
  const { double, page } = await world(t);
  const key = await signUp(page, double, 'ada@example.net');
  await link(page, 'Account').click();
  await button(page, 'Show it').click();
  assert.equal(await textOf(page, '.key-text'), key);
  await button(page, 'Copy').click();
  await page.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
});
