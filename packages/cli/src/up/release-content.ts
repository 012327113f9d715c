/** What the servers of this machine run, as a release states it. */

import { POLICY_VERSION, serverConfiguration } from '@lethe/node';
import type { ReleaseContent } from '@lethe/verify';

/** The content of a release for an image and the resolver's trust anchors (null: the public root's). */
export const releaseContent = (image: string, rootAnchors: readonly string[] | null): ReleaseContent => ({
  image,
  ...serverConfiguration(rootAnchors),
  policyVersion: POLICY_VERSION,
});
