/** Reads a QR code as a phone would: from a picture of the screen. */

import jsqr from 'jsqr';
import type { Locator, Page } from 'playwright-core';

/** The text of the code in a picture of an element. Throws if none can be read. */
export async function scan(page: Page, element: Locator): Promise<string> {
  const png = (await element.screenshot({ scale: 'css' })).toString('base64');
  // A blank page without a content policy decodes the picture.
  const blank = await page.context().newPage();
  try {
    const { data, width, height } = await blank.evaluate(pixels, png);
    const code = jsqr.default(Uint8ClampedArray.from(data), width, height, { inversionAttempts: 'dontInvert' });
    if (!code) throw new Error('No QR code could be read.');
    return code.data;
  } finally {
    await blank.close();
  }
}

async function pixels(png: string): Promise<{ data: number[]; width: number; height: number }> {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d')!;
  context.drawImage(image, 0, 0);
  return {
    data: [...context.getImageData(0, 0, image.width, image.height).data],
    width: image.width,
    height: image.height,
  };
}
