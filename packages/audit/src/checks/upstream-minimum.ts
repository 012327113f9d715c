import { lookupsOf } from '../canary/plan.ts';
import { upstreamOf } from '../sink/upstream.ts';
import { check, nothing } from './check.ts';

/** What the resolver told the world about the client's lookups, measured where they arrive. */
export const upstreamMinimum = check({
  id: 'upstream-minimum',
  from: 'standard',
  claims: ['CL-03'],
  pass: 'Name servers were told no more of a lookup than they need, and nothing about the client.',
  why: 'Whole names and client subnets let others on the internet keep the log that the server does not.',
  needs: ['canary'],
  judge({ canary }) {
    const outcome = nothing();
    const { lookup } = lookupsOf(canary.plan);
    const upstream = upstreamOf(canary.seen, {
      zone: canary.plan.sink.zone,
      names: [lookup],
      clients: [...canary.client.inner, ...(canary.client.outer ? [canary.client.outer.address] : [])],
      expected: null,
    });
    if (!upstream.known) {
      outcome.open.push('No lookup of the client arrived at the sink: what its resolver tells others is not known.');
      return outcome;
    }
    if (upstream.minimised === false) {
      outcome.contrary.push({
        title: 'The resolver sends whole names to every name server (no QNAME minimisation)',
        where: 'the first query for a deep name of the sink’s zone',
        claims: ['CL-03'],
        mend: 'Switch QNAME minimisation on (RFC 9156), or ask a resolver that has it.',
      });
    } else if (upstream.minimised === null) {
      outcome.open.push('Only a part of the lookup arrived at the sink: whether names are minimised is not known.');
    }
    if (upstream.clientSubnet) {
      outcome.contrary.push({
        title: `The resolver tells name servers the client’s network (EDNS client subnet)${upstream.clientRevealed ? ', and it is the client’s' : ''}`,
        where: 'queries at the sink',
        claims: ['CL-03', 'CL-04'],
        mend: 'Switch EDNS client subnet off (RFC 7871).',
      });
    }
    if (!upstream.complete) outcome.open.push('More reached the sink than it can hold.');
    return outcome;
  },
});
