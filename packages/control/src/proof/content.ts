/** What a release says runs, as the one who starts the service knows it. Nothing in it depends on customers. */

export { type ReleaseContent, sameContent } from '@lethe/verify';
