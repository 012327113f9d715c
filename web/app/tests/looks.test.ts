/**
 * Every screen in light and dark, on a desk and on a phone: no complaint of the content policy, no finding of axe, nothing wider
 * than the screen. With LETHE_PICTURES set it also saves a picture of each.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { buildApp } from '../build.ts';
import { type Browser, startBrowser, type Tab } from './lib/browser.ts';
import { type Double, startDouble } from './lib/double.ts';
import { addDevice, addRule, askForCode, button, getServer, heading, link, picture, row, signIn } from './lib/steps.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const LOOKS = [
  { name: 'desk-light', scheme: 'light', width: 1180, height: 860 },
  { name: 'desk-dark', scheme: 'dark', width: 1180, height: 860 },
  { name: 'phone-dark', scheme: 'dark', width: 360, height: 740 },
  { name: 'phone-light', scheme: 'light', width: 360, height: 740 },
] as const;

test('every screen is sound, in light and dark, on a desk and on a phone', { timeout: 580_000 }, async (t) => {
  const double = await startDouble(await buildApp());
  const tab = await browser.open(double.url);
  t.after(async () => {
    await tab.context.close();
    await double.close();
  });
  await tour(tab, double, async (name) => {
    for (const look of LOOKS) await check(tab.page, look, name);
  });
  assert.deepEqual(tab.complaints, []);
});

async function check(page: Page, look: (typeof LOOKS)[number], screen: string): Promise<void> {
  const name = `${look.name}-${screen}`;
  await page.setViewportSize({ width: look.width, height: look.height });
  await page.emulateMedia({ colorScheme: look.scheme });
  await picture(page, name);
  // An open menu follows its button a moment after the window has changed its size.
  const fits = page.waitForFunction(
    () => document.documentElement.scrollWidth === document.documentElement.clientWidth,
    undefined,
    { timeout: 10_000 },
  );
  await fits.catch(() => assert.fail(`${name} is wider than the screen`));
  assert.deepEqual(await page.evaluate(smallTargets), [], `${name} has controls that are too small to hit`);
  assert.deepEqual(await findings(page, look.scheme === 'dark'), [], name);
}

/** What axe finds. The scheme changes nothing but colours, so that in the dark only these are looked at. */
async function findings(page: Page, coloursOnly: boolean): Promise<string[]> {
  // Base UI's focus guards take the focus only to hand it on at once, which axe cannot see.
  // Without frames in the page, axe's legacy mode finds the same and opens no second page at each look.
  const axe = new AxeBuilder({ page }).exclude('[data-base-ui-focus-guard]').setLegacyMode();
  const { violations } = await (coloursOnly ? axe.withRules('color-contrast') : axe).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** Buttons and fields under 24 by 24 pixels (WCAG 2.5.8); links inside sentences are exempt. */
function smallTargets(): string[] {
  const controls = [
    ...document.querySelectorAll<HTMLElement>(
      'button, .button, input:not([type=checkbox], [type=radio]), summary, nav a',
    ),
  ];
  return controls
    .filter((control) => control.checkVisibility() && !control.closest('[aria-hidden=true]') && control.tabIndex >= 0)
    .filter((control) => control.offsetHeight < 24 || control.offsetWidth < 24)
    .map((control) => control.outerHTML.slice(0, 120));
}

type Inspect = (name: string) => Promise<void>;

/** Through every state a customer can meet. */
async function tour(tab: Tab, double: Double, inspect: Inspect): Promise<void> {
  const email = 'ada@example.net';
  await welcome(tab.page, double, email, inspect);
  const key = await birth(tab.page, double, email, inspect);
  await devices(tab.page, double, inspect);
  await choices(tab.page, double, inspect);
  await troubles(tab, double, inspect);
  await comingBack(tab.page, double, email, key, inspect);
  await leaving(tab.page, double, inspect);
}

async function welcome(page: Page, double: Double, email: string, inspect: Inspect): Promise<void> {
  await heading(page, 'Sign in').waitFor();
  await inspect('01-sign-in');
  await page.getByLabel('E-mail').fill('nonsense');
  await button(page, 'Send me a code').click();
  await page.getByText('This does not look like an e-mail address.').waitFor();
  await inspect('02-sign-in-bad');
  await askForCode(page, email);
  await inspect('03-code');
  await page.getByLabel('Code').fill('00000000');
  await button(page, 'Sign in').click();
  await page.getByText('That code is not right.').waitFor();
  await inspect('04-code-wrong');
  await page.getByLabel('Code').fill(double.accounts.codeFor(email));
  await button(page, 'Sign in').click();
  await heading(page, 'Keep your recovery key').waitFor();
  await page.locator('.key-text').waitFor();
  await button(page, 'Continue').click();
  await page.getByText('Save the key first').waitFor();
  await inspect('05-key');
}

async function birth(page: Page, double: Double, _email: string, inspect: Inspect): Promise<string> {
  const key = (await page.locator('.key-text').textContent()) ?? '';
  await button(page, 'Remind me later').click();
  await heading(page, 'No server yet').waitFor();
  await page.getByText('only in this browser so far').waitFor();
  await inspect('06-empty');
  await link(page, 'Get a server').click();
  await page.getByLabel('Name').waitFor();
  await page.getByText('Amsterdam').waitFor();
  await inspect('07-new-server');
  double.fleet.holdAt = 'network';
  await page.getByLabel('Name').fill('Home');
  await button(page, 'Get this server').click();
  await page.locator('[data-state=now]', { hasText: 'Network' }).waitFor();
  await inspect('08-birth');
  double.fleet.holdAt = null;
  await heading(page, 'Devices').waitFor();
  await page.getByText('Your server is ready and waits.').waitFor();
  await inspect('09-no-devices');
  return key;
}

async function devices(page: Page, double: Double, inspect: Inspect): Promise<void> {
  await link(page, 'Add a device').click();
  await button(page, 'Add it').click();
  await page.getByText('Give it a name first.').waitFor();
  await inspect('10-add-device');
  await page.getByLabel('Name').fill('Phone');
  await button(page, 'Add it').click();
  await heading(page, 'Set up Phone').waitFor();
  await inspect('11-handover');
  await page.getByText('Show the settings as text').click();
  await inspect('12-handover-text');
  await link(page, 'Done').click();
  await addDevice(page, 'Laptop of a very long name for a row');
  await link(page, 'Done').click();
  const [first] = [...double.fleet.rows.values()][0]!.list.devices;
  double.fleet.live.set(first!.key, { handshakeAgeS: 41, receivedBytes: 4_200_000, sentBytes: 130_700_000 });
  await row(page, 'Phone').getByText('Online').waitFor();
  await page.getByText('Look at it now').click();
  await inspect('13-server');
  await button(page, 'More for Phone').click();
  await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
  await inspect('14-menu');
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('dialog').waitFor();
  await inspect('15-rename');
  await page.keyboard.press('Escape');
  await button(page, 'More for Phone').click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').waitFor();
  await inspect('16-remove');
  await button(page, 'Keep it').click();
}

async function choices(page: Page, double: Double, inspect: Inspect): Promise<void> {
  await addRule(page, 'block', 'https://ads.example.com/path');
  await page.getByText('write it like ads.example.com').waitFor();
  await page.getByText('How it answers').click();
  await inspect('16a-rule-refused');
  await addRule(page, 'block', 'a-rather-long-name-that-has-to-break-somewhere.on-a-narrow-screen.example.com');
  await addRule(page, 'allow', 'good.example');
  await button(page, 'Remove good.example').waitFor();
  const sealed = [...double.fleet.rows.keys()].map((id) => `/api/servers/${id}/`);
  for (const path of sealed) double.down.add(path);
  await page.getByRole('switch', { name: /^Social/ }).check();
  await page.getByText('so they are not in force yet').waitFor();
  await inspect('16b-not-in-force');
  double.down.clear();
  await button(page, 'Send them again').click();
  await page.getByText('Send them again').waitFor({ state: 'detached' });
  await link(page, 'Forget now').click();
  await page.getByRole('alertdialog').waitFor();
  await inspect('16c-forget');
  double.fleet.rebirthMs = 20_000;
  await button(page, 'Forget now').click();
  await page.getByText('Waiting until it says itself').waitFor();
  await inspect('16d-forgetting');
  for (const one of double.fleet.rows.values()) one.bornAt = Date.now();
  await heading(page, 'Your server forgot everything').waitFor();
  await inspect('16e-forgotten');
  await button(page, 'Close').click();
}

async function troubles({ page, context }: Tab, double: Double, inspect: Inspect): Promise<void> {
  double.down.add([...double.fleet.rows.keys()].map((id) => `/api/servers/${id}/status`)[0]!);
  await row(page, 'Phone').getByText('Not known').waitFor();
  await inspect('17-unknown');
  double.down.clear();
  await link(page, 'Servers').click();
  double.fleet.failAt = { stage: 'tunnel', failure: 'agent_failed' };
  await getServer(page, 'Travel');
  await page.getByText('Your server did not come up.').waitFor();
  await inspect('18-failed');
  await link(page, 'Your servers').click();
  await page.getByText('Failed').waitFor();
  await context.setOffline(true);
  await page.getByText('No network.').waitFor();
  await inspect('19-servers-offline');
  await context.setOffline(false);
  await link(page, 'Travel').click();
  await link(page, 'Delete this server').click();
  await page.getByRole('alertdialog').waitFor();
  await inspect('20-delete');
  await button(page, 'Keep it').click();
  double.down.add('/api/servers');
  await page.goto('/servers');
  await page.getByText('The service cannot be reached right now.').waitFor();
  await inspect('21-unreachable');
  double.down.clear();
  await button(page, 'Try again').click();
  await link(page, 'Travel').waitFor();
  await page.goto('/nowhere');
  await heading(page, 'There is nothing here').waitFor();
  await inspect('22-nowhere');
}

async function comingBack(page: Page, double: Double, email: string, key: string, inspect: Inspect): Promise<void> {
  await page.goto('/account');
  await page.getByText(email).waitFor();
  await inspect('23-account');
  await button(page, 'Show it').click();
  await page.locator('.key-text').waitFor();
  await inspect('24-account-key');
  await link(page, 'Sign out').click();
  await page.getByLabel('Also remove my key').check();
  await page.getByText('You have not said').waitFor();
  await inspect('25-sign-out');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await heading(page, 'Sign in').waitFor();
  await signIn(page, double, email);
  await heading(page, 'Bring your recovery key').waitFor();
  await page.getByText('I no longer have it').click();
  await page.getByLabel('Recovery key').fill(key.replace(/.$/, (last) => (last === 'Z' ? 'X' : 'Z')));
  await button(page, 'Use this key').click();
  await page.getByText('typing error').waitFor();
  await inspect('26-import');
  await page.getByLabel('Recovery key').fill(key);
  await button(page, 'Use this key').click();
  await heading(page, 'Your servers').waitFor();
}

async function leaving(page: Page, double: Double, inspect: Inspect): Promise<void> {
  await link(page, 'Travel').waitFor();
  await inspect('27-servers');
  await link(page, 'Account').click();
  await link(page, 'Close account').click();
  await page.getByRole('alertdialog').waitFor();
  await inspect('28-close');
  const travel = [...double.fleet.rows.values()].find((one) => one.view.state === 'failed')!;
  double.down.add(`/api/servers/${travel.view.id}`);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close account' }).click();
  await heading(page, 'Your account is closed').waitFor();
  await inspect('29-closed');
}
