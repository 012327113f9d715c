/** Steps a customer takes, in the words of the page. */

import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { Double } from './double.ts';

export const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
export const link = (page: Page, name: string | RegExp) =>
  page.getByRole('link', { name, exact: typeof name === 'string' });
export const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { name, exact: typeof name === 'string' });

/** Saves a picture when LETHE_PICTURES names a folder; for people who look at the design. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['LETHE_PICTURES'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

export async function askForCode(page: Page, email: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await button(page, 'Send me a code').click();
  await heading(page, 'Look in your mail').waitFor();
}

export async function signIn(page: Page, double: Double, email: string): Promise<void> {
  await askForCode(page, email);
  await page.getByLabel('Code').fill(double.accounts.codeFor(email));
  await button(page, 'Sign in').click();
}

/** The text of one element. */
export const textOf = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).textContent()) ?? '';

/** Signs up and puts the recovery key aside. Returns it. */
export async function signUp(page: Page, double: Double, email: string): Promise<string> {
  await signIn(page, double, email);
  await heading(page, 'Keep your recovery key').waitFor();
  const key = await textOf(page, '.key-text');
  await page.getByLabel('I have put it in a safe place').check();
  await button(page, 'Continue').click();
  await heading(page, 'Your servers').waitFor();
  return key;
}

export async function getServer(page: Page, name: string): Promise<void> {
  await link(page, /^(Get a server|New server)$/).click();
  await page.getByLabel('Name').fill(name);
  await button(page, 'Get this server').click();
  await heading(page, name).waitFor();
}

/** Adds a device and returns the settings shown. */
export async function addDevice(page: Page, name: string): Promise<string> {
  await link(page, 'Add a device').click();
  await page.getByLabel('Name').fill(name);
  await button(page, 'Add it').click();
  await heading(page, `Set up ${name}`).waitFor();
  await page.getByText('Show the settings as text').click();
  return textOf(page, '.config');
}

export const row = (page: Page, device: string) => page.getByRole('listitem').filter({ hasText: device });

/** Waits until the server itself has said that the filter is in force. */
export const inForce = (page: Page) =>
  page
    .locator('section', { has: heading(page, 'Filter') })
    .getByText('In force')
    .waitFor();

/** Turns a switch on or off. */
export const turn = (page: Page, name: string, on: boolean) =>
  page.getByRole('switch', { name: new RegExp(`^${name}`) }).setChecked(on);

/** Writes a rule of the owner's own and adds it with the enter key. */
export async function addRule(page: Page, kind: 'block' | 'allow', name: string): Promise<void> {
  const field = page.getByLabel(`Name to ${kind}`);
  if (!(await field.isVisible())) await page.locator('summary', { hasText: 'Your own rules' }).click();
  await field.fill(name);
  await field.press('Enter');
}
