import { judgeInStep } from '../correlate/judge.ts';
import { check } from './check.ts';

/** Something that has no part in passing traffic works when the client's traffic flows, and rests when it does not. */
export const worksInStep = check({
  id: 'works-in-step',
  from: 'standard',
  claims: ['CL-01', 'CL-04'],
  pass: 'Nothing but what passes the traffic works in step with it, and nothing writes in step with it.',
  why: 'A recorder may encrypt what it writes, or have another program write it; it cannot hide that it works when there is traffic.',
  needs: ['canary', 'inStep', 'processes', 'programs'],
  judge({ canary, inStep, processes, programs }) {
    const contrary = judgeInStep({
      significant: inStep.significant,
      processes,
      programs,
      own: new Set(canary.own),
      symbolSeconds: canary.pattern.symbolMs / 1000,
    });
    return { contrary, open: [] };
  },
});
