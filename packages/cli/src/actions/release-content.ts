/** `lethe change content`: what servers would run with this version, for people to propose. */

import { resolve } from 'node:path';
import { buildImage } from '@lethe/image';
import type { Io } from '../io.ts';
import type { Result } from '../run.ts';
import { readAnchors } from '../up/options.ts';
import { releaseContent } from '../up/release-content.ts';

/** Prints the content of a release: the digest of the image as built here, and the configuration as text. */
export async function showContent(io: Io, options: { rootAnchor?: string }): Promise<Result> {
  const anchors = options.rootAnchor === undefined ? null : readAnchors(resolve(options.rootAnchor));
  io.progress.step('Server image');
  const { digest } = await buildImage({});
  const content = releaseContent(digest, anchors);
  return { data: content, text: JSON.stringify(content, null, 2) };
}
