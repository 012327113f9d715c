/** Everything works without a mouse, and one can see where one is. */

import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { buildApp } from '../build.ts';
import { type Browser, startBrowser } from './lib/browser.ts';
import { type Double, startDouble } from './lib/double.ts';
import { addDevice, button, getServer, heading, link, row, signUp } from './lib/steps.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

async function world(t: TestContext): Promise<{ double: Double; page: Page }> {
  const double = await startDouble(await buildApp());
  const { page, context } = await browser.open(double.url);
  t.after(async () => {
    await context.close();
    await double.close();
  });
  return { double, page };
}

/** What has the focus, as a reader would call it. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    return (
      element?.getAttribute('aria-label') ??
      (element as HTMLInputElement)?.labels?.[0]?.textContent ??
      element?.textContent ??
      ''
    );
  });

/** Presses Tab until something is reached. Throws after a full round. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if ((await focused(page)).trim() === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The keyboard does not reach “${name}”.`);
}

const press = async (page: Page, name: string): Promise<void> => {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
};

test('from sign-up to a removed device with the keyboard alone', { timeout: 120_000 }, async (t) => {
  const { double, page } = await world(t);
  await heading(page, 'Sign in').waitFor();
  await tabTo(page, 'E-mail');
  await page.keyboard.type('ada@example.net');
  await page.keyboard.press('Enter');
  await heading(page, 'Look in your mail').waitFor();
  await tabTo(page, 'Code');
  await page.keyboard.type(double.accounts.codeFor('ada@example.net'));
  await page.keyboard.press('Enter');
  await page.locator('.key-text').waitFor();
  await tabTo(page, 'I have put it in a safe place');
  await page.keyboard.press('Space');
  await press(page, 'Continue');
  await heading(page, 'No server yet').waitFor();
  await press(page, 'Get a server');
  await page.getByText('Amsterdam').waitFor();
  await press(page, 'Get this server');
  await heading(page, 'Devices').waitFor();
  await press(page, 'Add a device');
  await tabTo(page, 'Name');
  await page.keyboard.type('Phone');
  await page.keyboard.press('Enter');
  await heading(page, 'Set up Phone').waitFor();
  await press(page, 'Done');
  await row(page, 'Phone').waitFor();
  await press(page, 'More for Phone');
  await page.getByRole('menuitem', { name: 'Remove' }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  await press(page, 'Remove');
  await page.getByText('Your server is ready and waits.').waitFor();
});

test('a dialog holds the focus, Escape closes it and the focus comes back', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Home');
  await addDevice(page, 'Phone');
  await link(page, 'Done').click();
  await row(page, 'Phone').waitFor();
  await button(page, 'More for Phone').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.waitForFunction(isInDialog);
  for (let presses = 0; presses < 6; presses += 1) {
    await page.keyboard.press('Tab');
    const inside = page.waitForFunction(isInDialog, undefined, { timeout: 5000 });
    await inside.catch(() => assert.fail('the focus left the dialog'));
  }
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'More for Phone');
});

/** Base UI's guards at both ends take the focus for an instant and hand it back inside. */
function isInDialog(): boolean {
  return document.activeElement?.closest('[role=dialog], [data-base-ui-focus-guard]') != null;
}

test('after a navigation the focus and the title name the new page', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, 'ada@example.net');
  await link(page, 'Account').click();
  await heading(page, 'Account').waitFor();
  await page.waitForFunction(
    () => document.activeElement?.textContent === 'Account' && document.activeElement.tagName === 'H1',
  );
  assert.equal(await page.title(), 'Account · Lethe');
});

test('whatever has the focus by keyboard shows it', async (t) => {
  const { double, page } = await world(t);
  await signUp(page, double, 'ada@example.net');
  await getServer(page, 'Home');
  await addDevice(page, 'Phone');
  await link(page, 'Done').click();
  await row(page, 'Phone').waitFor();
  const unseen: string[] = [];
  for (let presses = 0; presses < 14; presses += 1) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => {
      const element = document.activeElement!;
      const styles = [getComputedStyle(element), getComputedStyle(element, '::after')];
      const seen = styles.some(
        ({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
      );
      return { seen: seen || element === document.body, what: element.outerHTML.slice(0, 80) };
    });
    if (!outline.seen) unseen.push(outline.what);
  }
  assert.deepEqual(unseen, []);
});
