/** The whole journey of a customer through the page, against the real service with a host that does what hosts do. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { codeOf } from '../../../packages/control/tests/support/customer.ts';
import { testDatabase } from '../../../packages/control/tests/support/database.ts';
import { startService, type TestService } from '../../../packages/control/tests/support/service.ts';
import { buildApp } from '../build.ts';
import { type Browser, startBrowser } from './lib/browser.ts';
import { type LiveHost, startLiveHost } from './lib/live-host.ts';
import { scan } from './lib/qr.ts';
import { askForCode, button, getServer, heading, link, row, textOf } from './lib/steps.ts';

const database = testDatabase();
let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const EMAIL = 'ada@example.com';

async function world(t: TestContext): Promise<{ service: TestService; host: LiveHost }> {
  const service = await startService(t, database, { webRoot: await buildApp() });
  const host = await startLiveHost(service);
  t.after(() => host.hangUp());
  return { service, host };
}

async function enter(page: Page, service: TestService): Promise<void> {
  await askForCode(page, EMAIL);
  await page.getByLabel('Code').fill(codeOf(await service.nextMail(EMAIL)));
  await button(page, 'Sign in').click();
}

test('sign up, server, device, live state, rename, remove, second browser, close', { timeout: 180_000 }, async (t) => {
  const { service, host } = await world(t);
  const { page, context, complaints } = await browser.open(service.url);
  t.after(() => context.close());

  await enter(page, service);
  await heading(page, 'Keep your recovery key').waitFor();
  const recoveryKey = await textOf(page, '.key-text');
  await page.getByLabel('I have put it in a safe place').check();
  await button(page, 'Continue').click();
  await heading(page, 'No server yet').waitFor();

  await getServer(page, 'Home');
  await page.getByText('Your server is ready and waits.').waitFor();
  assert.equal(host.lists.size, 1);

  const config = await addPhone(page);
  assert.match(config, /^Endpoint = vpn\.example\.net:\d+$/m);
  assert.match(config, /^Address = 10\.66\.0\.2\/32, fd66:6c65:7468:65::2\/128$/m);
  const [device] = [...host.lists.values()][0]!.devices;
  await link(page, 'Done').click();
  await row(page, 'Phone').getByText('Offline').waitFor();
  host.live.set(device!.key, { handshakeAgeS: 9, receivedBytes: 1200, sentBytes: 3400 });
  await row(page, 'Phone').getByText('Online').waitFor();

  await button(page, 'More for Phone').click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Telefon');
  await button(page, 'Save').click();
  await row(page, 'Telefon').getByText('Online').waitFor();

  await bringToSecondBrowser(service, recoveryKey, t);

  await button(page, 'More for Telefon').click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await button(page, 'Remove').click();
  await page.getByText('Your server is ready and waits.').waitFor();
  assert.deepEqual([...host.lists.values()][0]!.devices, []);

  await link(page, 'Account').click();
  await link(page, 'Close account').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close account' }).click();
  await heading(page, 'Your account is closed').waitFor();
  await page.getByText('1 server deleted and confirmed.').waitFor();
  assert.equal(host.lists.size, 0);
  await page.goto('/servers');
  await heading(page, 'Sign in').waitFor();
  assert.deepEqual(complaints, []);
});

/** Adds a device; its file and its QR code hold the same settings. */
async function addPhone(page: Page): Promise<string> {
  await link(page, 'Add a device').click();
  await page.getByLabel('Name').fill('Phone');
  await button(page, 'Add it').click();
  await heading(page, 'Set up Phone').waitFor();
  const saving = page.waitForEvent('download');
  await button(page, 'Save the file').click();
  const download = await saving;
  assert.equal(download.suggestedFilename(), 'Phone.conf');
  const file = await readFile(await download.path(), 'utf8');
  assert.match(file, /^PrivateKey = [A-Za-z0-9+/]{43}=$/m);
  assert.equal(await scan(page, page.locator('.qr')), file);
  assert.deepEqual(await page.evaluate(quietZone), [4, 4], 'the quiet zone is not four modules wide');
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await scan(page, page.locator('.qr')), file, 'the code cannot be read in the dark scheme');
  await page.emulateMedia({ colorScheme: 'light' });
  return file;
}

/** Modules of light ground left of and above the code. */
function quietZone(): number[] {
  const { x, y } = document.querySelector<SVGPathElement>('.qr-modules')!.getBBox();
  return [x, y];
}

async function bringToSecondBrowser(service: TestService, recoveryKey: string, t: TestContext): Promise<void> {
  const { page, context, complaints } = await browser.open(service.url);
  t.after(() => context.close());
  await enter(page, service);
  await heading(page, 'Bring your recovery key').waitFor();
  await page.getByLabel('Recovery key').fill(recoveryKey.toLowerCase().replaceAll('-', ' '));
  await button(page, 'Use this key').click();
  await link(page, 'Home').click();
  await row(page, 'Telefon').getByText('Online').waitFor();
  assert.deepEqual(complaints, []);
}

test('the service is down for a moment: the page says so and goes on', { timeout: 120_000 }, async (t) => {
  const { service, host } = await world(t);
  const { page, context } = await browser.open(service.url);
  t.after(() => context.close());
  await enter(page, service);
  await button(page, 'Remind me later').click();
  await getServer(page, 'Home');
  await addPhone(page);
  await link(page, 'Done').click();
  await row(page, 'Phone').getByText('Offline').waitFor();
  await host.hangUp();
  await row(page, 'Phone').getByText('Not known').waitFor();
  await page.getByText('Your server could not be asked just now, so it is not known').waitFor();
});
