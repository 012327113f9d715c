/**
 * Image: builds the root file system, kernel and initramfs that every server runs, from the distribution's packages and the pinned
 * Node, and names them by content. Both engines run the same tree: `container` as a directory, `microvm` as an erofs image under dm-verity.
 */

export { type BuildOptions, buildImage, updateLock } from './build.ts';
export { type CheckOptions, type CheckResult, checkImage } from './check.ts';
export { IMAGE_FILES, loadImage } from './load.ts';
