/** What can go wrong, what the page then says, and that going on from there works. */

import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { HOST_FAILURES } from '@lethe/core';
import type { Page } from 'playwright-core';
import { buildApp } from '../build.ts';
import { type Browser, startBrowser } from './lib/browser.ts';
import { type Double, startDouble } from './lib/double.ts';
import { addDevice, askForCode, button, getServer, heading, link, row, signIn, signUp } from './lib/steps.ts';

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

const EMAIL = 'ada@example.net';
const says = (page: Page, text: string) => page.getByText(text).waitFor();
const serverPath = (double: Double): string => `/api/servers/${[...double.fleet.rows.keys()][0]}`;

test('an old code leads to a new one', async (t) => {
  const { double, page } = await world(t);
  await askForCode(page, EMAIL);
  double.accounts.expireCode(EMAIL);
  await page.getByLabel('Code').fill('12345678');
  await button(page, 'Sign in').click();
  await says(page, 'That code is no longer valid.');
  await button(page, 'Send another code').click();
  await says(page, 'Sent again');
  await page.getByLabel('Code').fill(double.accounts.codeFor(EMAIL));
  await button(page, 'Sign in').click();
  await heading(page, 'Keep your recovery key').waitFor();
});

test('the page for the code does not open without an address, and survives a reload with one', async (t) => {
  const { page } = await world(t);
  await page.goto('/sign-in/code');
  await heading(page, 'Sign in').waitFor();
  await askForCode(page, EMAIL);
  assert.ok(!page.url().includes('ada'), 'the e-mail address is in the address bar');
  await page.reload();
  await says(page, EMAIL);
});

test('a session that ends leads to the sign-in, from wherever it is noticed', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await link(page, 'Add a device').click();
  await page.getByLabel('Name').fill('Phone');
  double.accounts.endSessions();
  await button(page, 'Add it').click();
  await heading(page, 'Sign in').waitFor();
  await signIn(page, double, EMAIL);
  await link(page, 'Home').waitFor();
});

test('a server whose answer was lost is continued, and counts once', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await link(page, 'Get a server').click();
  await page.getByLabel('Name').fill('Home');
  await says(page, 'Amsterdam');
  double.down.add('/api/servers/');
  await button(page, 'Get this server').click();
  await says(page, 'The service cannot be reached right now.');
  double.down.clear();
  await page.goto('/servers');
  await says(page, 'Not finished');
  await link(page, 'Home').click();
  await button(page, 'Go on').click();
  await heading(page, 'Devices').waitFor();
  await link(page, 'Account').click();
  await says(page, '1 of 3 used');
});

test('no entitlement left, a name that is taken, a place without room', async (t) => {
  const { double, page } = await world(t);
  double.accounts.serversPerPeriod = 1;
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await heading(page, 'Devices').waitFor();
  await link(page, 'Servers').click();
  await link(page, 'New server').click();
  await page.getByLabel('Name').fill('home');
  await button(page, 'Get this server').click();
  await says(page, 'There is a server with that name.');
  await page.getByLabel('Name').fill('Second');
  await button(page, 'Get this server').click();
  await says(page, 'Your plan allows no more servers in this period.');
  double.fleet.regions = double.fleet.regions.map((region) => ({ ...region, available: false }));
  await button(page, 'Get this server').click();
  await says(page, 'There is no room for another server here');
  double.fleet.regions = [];
  await page.reload();
  await says(page, 'No host is connected to this service yet');
});

test('each failure of a birth is explained with what to do', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await heading(page, 'Devices').waitFor();
  const [server] = [...double.fleet.rows.values()];
  const told = new Set<string>();
  for (const failure of HOST_FAILURES) {
    double.fleet.change(server!, { state: 'failed', stage: 'machine', failure });
    await page.reload();
    const alert = page.getByRole('alert');
    await says(page, 'Your server did not come up.');
    told.add((await alert.textContent()) ?? '');
    await alert.getByRole('link', { name: 'Delete this server' }).waitFor();
  }
  assert.equal(told.size, HOST_FAILURES.length);
  assert.equal(await page.locator('[data-state=failed]').textContent(), 'Machine, failed here');
});

test('progress shows the stage the service reports, counts seconds, and survives a reload', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  double.fleet.holdAt = 'booting';
  await getServer(page, 'Home');
  await page.locator('[data-state=now]', { hasText: 'Start' }).waitFor();
  await says(page, '2 seconds so far');
  await page.reload();
  await page.locator('[data-state=now]', { hasText: 'Start' }).waitFor();
  assert.equal(await page.locator('[data-state=done]').count(), 2);
  assert.match((await page.locator('.course-head').textContent()) ?? '', /[2-9]\d* seconds so far/);
  double.fleet.holdAt = null;
  await heading(page, 'Devices').waitFor();
});

test('online, offline and not known are three states, in shape and word', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await addDevice(page, 'Phone');
  await link(page, 'Done').click();
  const state = row(page, 'Phone').locator('.state');
  const shape = () => state.locator('svg').innerHTML();
  await row(page, 'Phone').getByText('Offline').waitFor();
  const offline = await shape();
  const key = [...double.fleet.rows.values()][0]!.list.devices[0]!.key;
  double.fleet.live.set(key, { handshakeAgeS: 179, receivedBytes: 1, sentBytes: 1 });
  await row(page, 'Phone').getByText('Online').waitFor();
  double.fleet.live.set(key, { handshakeAgeS: 180, receivedBytes: 1, sentBytes: 1 });
  await row(page, 'Phone').getByText('Offline').waitFor();
  double.down.add(`${serverPath(double)}/status`);
  await row(page, 'Phone').getByText('Not known').waitFor();
  const unknown = await shape();
  double.down.clear();
  double.fleet.live.set(key, { handshakeAgeS: 1, receivedBytes: 1, sentBytes: 1 });
  await row(page, 'Phone').getByText('Online').waitFor();
  assert.notEqual(offline, unknown);
  const fill = (one: string) => page.evaluate((look) => getComputedStyle(document.querySelector(look)!).fill, one);
  assert.notEqual(await fill('.state-online .state-dot'), 'none');
});

test('a server whose key has changed is shown as such, with the way to end it and no other', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await addDevice(page, 'Phone');
  await link(page, 'Done').click();
  await row(page, 'Phone').waitFor();
  const kept = [...double.fleet.rows.values()][0]!;
  double.fleet.change(kept, { nodeKey: 'A'.repeat(43) });
  await page.reload();
  await page.getByRole('alert').getByText('another key').waitFor();
  assert.equal(await row(page, 'Phone').count(), 0);
  await link(page, 'Delete this server').waitFor();
});

test('live state is asked for only while the page is visible', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await addDevice(page, 'Phone');
  await link(page, 'Done').click();
  await row(page, 'Phone').getByText('Offline').waitFor();
  const asked = () => double.seen.filter(({ path }) => path.endsWith('/status')).length;
  await page.evaluate(setVisibility, 'hidden');
  await page.waitForTimeout(500);
  const earlier = asked();
  await page.waitForTimeout(6500);
  assert.equal(asked(), earlier);
  await page.evaluate(setVisibility, 'visible');
  await page.waitForRequest((request) => new URL(request.url()).pathname.endsWith('/status'));
});

function setVisibility(state: string): void {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}

test('without a network the page says so and recovers', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await page.context().setOffline(true);
  await says(page, 'No network.');
  await link(page, 'Get a server').click();
  await says(page, 'The service cannot be reached right now.');
  await page.context().setOffline(false);
  await button(page, 'Try again').click();
  await says(page, 'Amsterdam');
  assert.equal(await page.getByText('No network.').count(), 0);
});

test('a device that could not be added leaves the list as it was', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await addDevice(page, 'Phone');
  await link(page, 'Done').click();
  await link(page, 'Add a device').click();
  await page.getByLabel('Name').fill('phone');
  await button(page, 'Add it').click();
  await says(page, 'There is a device with that name on this server.');
  await page.getByLabel('Name').fill('<script>');
  await button(page, 'Add it').click();
  await says(page, 'A name has 1 to 40 letters');
  await link(page, 'Your server').click();
  await row(page, 'Phone').waitFor();
  assert.equal([...double.fleet.rows.values()][0]!.list.devices.length, 1);
});

test('a device whose settings could not be written at once is gone on with, not added twice', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await link(page, 'Add a device').click();
  await page.getByLabel('Name').fill('Phone');
  const published = page.waitForRequest((request) => request.method() === 'PUT' && request.url().endsWith('/devices'));
  double.fleet.afterPublish = () => double.down.add(serverPath(double));
  await button(page, 'Add it').click();
  await published;
  await says(page, 'The service cannot be reached right now.');
  double.down.clear();
  double.fleet.afterPublish = () => {};
  await button(page, 'Add it').click();
  await heading(page, 'Set up Phone').waitFor();
  assert.equal([...double.fleet.rows.values()][0]!.list.devices.length, 1);
});

test('closing the account names the servers that could not be reached and when they end', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await heading(page, 'Devices').waitFor();
  double.down.add(serverPath(double));
  await link(page, 'Account').click();
  await link(page, 'Close account').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close account' }).click();
  await heading(page, 'Your account is closed').waitFor();
  await says(page, 'could not be reached, ends by 21 December 2026 at the latest');
  assert.equal(double.accounts.has(EMAIL), false);
  double.down.clear();
  await link(page, 'Start again').click();
  await signIn(page, double, EMAIL);
  await heading(page, 'Your servers').waitFor();
  await link(page, /^Server [0-9a-f]{6}$/).click();
  await link(page, 'Delete this server').click();
  await button(page, 'Delete').click();
  await heading(page, 'No server yet').waitFor();
});

test('addresses of things that are not there', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, EMAIL);
  await getServer(page, 'Home');
  await addDevice(page, 'Phone');
  const server = new URL(page.url()).pathname.split('/')[2];
  await page.goto(`/servers/${'0'.repeat(32)}`);
  await heading(page, 'No such server').waitFor();
  await page.goto(`/servers/${server}/devices/99/remove`);
  await row(page, 'Phone').waitFor();
  assert.equal(await page.getByRole('alertdialog').count(), 0);
  await page.goto(`/servers/${server}/devices/2/remove`);
  await page.getByRole('alertdialog').getByText('Remove Phone?').waitFor();
});
