/** The filter's clock: it counts turns and reads no time. */

export const TURN_MS = 1000;
/** Turns after which a query that got no answer is given up. The resolver itself needs a few seconds where servers are down. */
export const WAIT_TURNS = 10;
