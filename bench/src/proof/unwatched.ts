/** Program inside a server, in the place of Lethe's agent in an otherwise identical image: the same agent without its watch. */

import './without-watch.ts';
import '@lethe/node/main';
