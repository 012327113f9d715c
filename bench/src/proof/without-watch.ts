/** Takes the watch out of the agent that is imported after this: it begins to look at nothing. For the image of `unwatched.ts` alone. */

import { Watch } from '@lethe/node/watch/watch';

Watch.prototype.begin = () => {};
