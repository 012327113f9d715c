/** What an owner chooses for a server, and forgetting: in force only when the server itself said so. */

import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { buildApp } from '../build.ts';
import { type Browser, startBrowser } from './lib/browser.ts';
import { type Double, startDouble } from './lib/double.ts';
import { addDevice, addRule, button, getServer, heading, inForce, link, row, signUp, turn } from './lib/steps.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

async function world(t: TestContext): Promise<{ double: Double; page: Page; complaints: string[] }> {
  const double = await startDouble(await buildApp());
  const { page, context, complaints } = await browser.open(double.url);
  t.after(async () => {
    await context.close();
    await double.close();
    assert.deepEqual(complaints, []);
  });
  page.setDefaultTimeout(20_000);
  await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Home');
  await heading(page, 'Filter').waitFor();
  return { double, page, complaints };
}

const says = (page: Page, text: string) => page.getByText(text).waitFor();
const server = (double: Double) => [...double.fleet.rows.values()][0]!;
const silence = (double: Double): void => {
  for (const sub of ['status', 'questions']) double.down.add(`/api/servers/${server(double).view.id}/${sub}`);
};

test('each choice reaches the server, sealed, and is in force on its word', { timeout: 120_000 }, async (t) => {
  const { double, page } = await world(t);
  await inForce(page);
  assert.equal(server(double).settings, null, 'looking at the page changed something');
  await turn(page, 'Ads', false);
  await turn(page, 'Social', true);
  await page.getByText('How it answers').click();
  await page.getByRole('radio', { name: /^0\.0\.0\.0/ }).check();
  await turn(page, 'Tell browsers', false);
  await addRule(page, 'block', ' Ads.Example.COM. ');
  await addRule(page, 'allow', 'bücher.example');
  await addRule(page, 'block', 'gone.example');
  await button(page, 'Remove gone.example').click();
  await page.getByLabel('Forget by itself').selectOption('60 seconds');
  await inForce(page);
  const { settings } = server(double);
  assert.deepEqual(settings?.filter, {
    categories: ['trackers', 'malware', 'social'],
    answer: 'zero',
    signals: false,
    block: ['ads.example.com'],
    allow: ['xn--bcher-kva.example'],
  });
  assert.equal(settings.forgetAfterS, 60);
  assert.equal(settings.counter, 9, 'a change was lost or sent twice');
  await page.reload();
  await inForce(page);
  assert.equal(await page.getByRole('switch', { name: /^Social/ }).isChecked(), true);
  assert.equal(await page.getByRole('switch', { name: /^Ads/ }).isChecked(), false);
  assert.equal(await page.getByLabel('Forget by itself').inputValue(), '60');
});

test('a switch moves at once, and does not jump back while it is sent', { timeout: 120_000 }, async (t) => {
  const { double, page } = await world(t);
  await inForce(page);
  silence(double);
  // Only microtasks run in between, no timer and no answer: what is read is what the next frame would draw.
  const drawn = await page.getByRole('switch').evaluateAll(async (switches) => {
    const seen: boolean[] = [];
    for (const one of switches as HTMLInputElement[]) {
      const before = one.checked;
      one.click();
      for (let turns = 0; turns < 200; turns += 1) await Promise.resolve();
      seen.push(one.checked !== before);
    }
    return seen;
  });
  assert.deepEqual([...new Set(drawn)], [true]);
});

test('a name that is allowed is blocked no longer, and the other way round', async (t) => {
  const { double, page } = await world(t);
  await addRule(page, 'block', 'one.example');
  await button(page, 'Remove one.example').waitFor();
  await addRule(page, 'allow', 'one.example');
  await page.locator('summary').getByText('0 names blocked, 1 name allowed').waitFor();
  await inForce(page);
  assert.deepEqual(server(double).settings?.filter.allow, ['one.example']);
  assert.deepEqual(server(double).settings?.filter.block, []);
});

test('a silent server: the choice is kept, never called in force, and sent again', { timeout: 120_000 }, async (t) => {
  const { double, page } = await world(t);
  await inForce(page);
  silence(double);
  await turn(page, 'Social', true);
  await page.getByText('Not in force yet', { exact: true }).waitFor();
  await says(page, 'Your choices are kept.');
  assert.equal(await page.getByText('In force', { exact: true }).count(), 0);
  assert.equal(server(double).settings, null);
  await page.reload();
  await heading(page, 'Filter').waitFor();
  await page.getByRole('switch', { name: /^Social/, checked: true }).waitFor();
  assert.equal(await page.getByText('In force', { exact: true }).count(), 0);
  double.down.clear();
  await says(page, 'your server does not have the newest ones yet');
  await button(page, 'Send them again').click();
  await inForce(page);
  assert.ok(server(double).settings?.filter.categories.includes('social'));
});

test('a rule that is none is refused with what to write instead, and nothing is sent', async (t) => {
  const { double, page } = await world(t);
  await inForce(page);
  const cases = [
    ['', 'Write a name first'],
    ['https://ads.example.com/x', 'write it like ads.example.com, without https:// or a path'],
    ['*.example.com', 'a name without it covers everything below it already'],
    ['192.0.2.7', 'the filter knows names only'],
    ['bücher.example/pfad', 'a rule is not a domain name'],
  ] as const;
  for (const [typed, words] of cases) {
    await addRule(page, 'block', typed);
    await page.getByRole('alert').getByText(words).waitFor();
    assert.equal(await page.getByLabel('Name to block').inputValue(), typed, 'what was typed is gone');
  }
  await addRule(page, 'block', 'twice.example');
  await button(page, 'Remove twice.example').waitFor();
  await addRule(page, 'block', 'TWICE.example');
  await says(page, 'That name is in the list already.');
  await inForce(page);
  assert.equal(server(double).settings?.counter, 1, 'a refused rule was sent');
});

test('rules that do not fit are refused before anything changes', async (t) => {
  const { double, page } = await world(t);
  for (let index = 0; index < 30; index += 1) {
    await addRule(page, 'block', `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.n${index}.example`);
    if (await page.getByText('These rules are too many').isVisible()) break;
  }
  await says(page, 'These rules are too many');
  await inForce(page);
  const kept = server(double).settings!.filter.block.length;
  await page.locator('summary').getByText(`${kept} names blocked, 0 names allowed`).waitFor();
});

test('forget now: asked first, followed until the server says it, with the word in the page', {
  timeout: 120_000,
}, async (t) => {
  const { double, page } = await world(t);
  await addDevice(page, 'Phone');
  await link(page, 'Done').click();
  const [device] = server(double).list.devices;
  double.fleet.live.set(device!.key, { handshakeAgeS: 7, receivedBytes: 4_200_000, sentBytes: 130_000_000 });
  server(double).bornAt = Date.now() - 7_300_000;
  await row(page, 'Phone').first().getByText('Online').waitFor();
  await says(page, 'forgot everything 2 hours ago');
  await page.getByText('more than 100', { exact: true }).waitFor();
  await page.getByText('Look at it now').click();
  await says(page, '130 MB sent to it, 4.2 MB received from it.');

  await link(page, 'Forget now').click();
  await says(page, 'devices reconnect by themselves within seconds');
  await button(page, 'Not now').click();
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  assert.equal(double.seen.filter(({ path }) => path.endsWith('/questions')).length, 0, 'it was told without a yes');

  double.fleet.rebirthMs = 600_000;
  await link(page, 'Forget now').click();
  await button(page, 'Forget now').click();
  await says(page, 'Waiting until it says itself');
  await page.keyboard.press('Escape');
  await says(page, 'Waiting until it says itself');
  while (server(double).bornAt < Date.now()) await page.waitForTimeout(50);
  assert.equal(await heading(page, 'Your server forgot everything').count(), 0, 'the page did not wait for the server');
  server(double).bornAt = Date.now();
  await heading(page, 'Your server forgot everything').waitFor();
  await button(page, 'Close').click();
  await page.getByText(/forgot everything \d+ seconds? ago/).waitFor();
  await page.getByText('under ten', { exact: true }).waitFor();
  await says(page, 'No connection yet.');
});

test('forget now, and the server cannot be told: nothing is claimed', async (t) => {
  const { double, page } = await world(t);
  silence(double);
  await link(page, 'Forget now').click();
  await button(page, 'Forget now').click();
  await says(page, 'Your server could not be told');
  assert.equal(await heading(page, 'Your server forgot everything').count(), 0);
  await button(page, 'Not now').click();
  await says(page, 'could not be asked just now when it last forgot');
});
