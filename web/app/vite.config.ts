/**
 * How the page is built: one document, content-hashed files, no inlined data: URLs (the Content-Security-Policy allows files of our
 * own origin only), no source maps, and the licences of everything bundled beside it.
 */

import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  plugins: [react()],
  clearScreen: false,
  logLevel: 'warn',
  build: {
    target: ['chrome137', 'firefox130', 'safari17'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    license: { fileName: 'licenses.txt' },
    reportCompressedSize: false,
  },
});
