/** What the searches of the state inventory mean to an audit: the claims each is needed for, and how to mend what it finds. Data. */

import { type ClaimId, SEARCH_CLAIMS } from '@lethe/core';
import type { Search } from '@lethe/core/inventory';

export interface SearchMeaning {
  /** Claims that the search is needed for; what it finds speaks against all of them. */
  claims: readonly ClaimId[];
  /** Shown if nothing was found. */
  pass: string;
  why: string;
  mend: string;
}

/** How to mend what no release brings. */
export const BIRTH = 'End the server and create it anew, and find out how it came there: no release brings it.';

export const SEARCH_MEANINGS: Record<Search, SearchMeaning> = {
  processes: {
    claims: SEARCH_CLAIMS.processes,
    pass: 'No program runs but those of the release.',
    why: 'Whatever records has to run, or to be run by something that does.',
    mend: BIRTH,
  },
  sockets: {
    claims: SEARCH_CLAIMS.sockets,
    pass: 'Nothing reads packets or what the kernel tells about connections, and nothing waits for anybody but devices.',
    why: 'A socket of these kinds is how a program sees traffic that is not its own.',
    mend: BIRTH,
  },
  firewall: {
    claims: SEARCH_CLAIMS.firewall,
    pass: 'The packet filter is the one of the release: it logs, counts, copies and collects nothing.',
    why: 'A single rule can record every connection without any program.',
    mend: BIRTH,
  },
  interfaces: {
    claims: SEARCH_CLAIMS.interfaces,
    pass: 'There is no interface but the tunnel and the uplink, and no program is attached to them.',
    why: 'A program on an interface sees every packet, and another interface is where copies could go.',
    mend: BIRTH,
  },
  routes: {
    claims: SEARCH_CLAIMS.routes,
    pass: 'Packets leave by the uplink and return by the tunnel, and by no other way.',
    why: 'A route can lead traffic past the filter, or to somebody who reads it.',
    mend: BIRTH,
  },
  files: {
    claims: SEARCH_CLAIMS.files,
    pass: 'There is no file that the image does not have, and no other place to write to.',
    why: 'A record has to lie somewhere.',
    mend: BIRTH,
  },
  settings: {
    claims: SEARCH_CLAIMS.settings,
    pass: 'The kernel keeps no counts, times or metrics of connections, and forgets them in hours at most.',
    why: 'A kernel can keep more about connections than it needs, and write some of it into its log.',
    mend: 'Ask the server to forget: its settings are written anew. If it comes back, create it anew.',
  },
  open_files: {
    claims: SEARCH_CLAIMS.open_files,
    pass: 'No deleted file is held open, no disk is open, and no program lies in the kernel.',
    why: 'What has no name can be written to all the same.',
    mend: BIRTH,
  },
  kernel_log: {
    claims: SEARCH_CLAIMS.kernel_log,
    pass: 'The kernel log holds no address.',
    why: 'A kernel writes addresses of odd packets into its log if it is let.',
    mend: 'Ask the server to forget: a fresh machine has an empty log.',
  },
  swap: {
    claims: SEARCH_CLAIMS.swap,
    pass: 'No memory is written to a disk.',
    why: 'Swap turns memory into a record.',
    mend: BIRTH,
  },
};
