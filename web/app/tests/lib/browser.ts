/** Chromium for the tests: one process, a fresh context per test, and every complaint of the browser collected. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
];

export interface Tab {
  page: Page;
  context: BrowserContext;
  /** Violations of the content policy, errors on the console, and exceptions nobody caught. */
  complaints: string[];
}

export interface Browser {
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

/** Starts Chromium with a profile folder of its own. */
export async function startBrowser(): Promise<Browser> {
  const downloads = await mkdtemp(join(tmpdir(), 'lethe-page-'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS, downloadsPath: downloads });
  return {
    open: async (url) => {
      const context = await browser.newContext({
        baseURL: url,
        viewport: { width: 1180, height: 860 },
        colorScheme: 'light',
        reducedMotion: 'reduce',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      context.setDefaultTimeout(60_000);
      const complaints: string[] = [];
      await context.exposeBinding('letheComplain', (_source, text: string) => void complaints.push(text));
      await context.addInitScript(watchPolicy);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' && !isAnswer(message.text())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto('/');
      return { page, context, complaints };
    },
    close: async () => {
      await browser.close();
      await rm(downloads, { recursive: true, force: true });
    },
  };
}

/** Chromium prints refused requests as errors; those are answers the page handles. */
const isAnswer = (text: string): boolean =>
  /^Failed to load resource: (the server responded with a status of|net::ERR_)/.test(text);

function watchPolicy(): void {
  addEventListener('securitypolicyviolation', (event) => {
    const { letheComplain } = globalThis as unknown as { letheComplain(text: string): void };
    letheComplain(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
}
