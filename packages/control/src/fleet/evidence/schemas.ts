/** What the fleet plane says about evidence over HTTP. */

import { CLAIM_IDS } from '@lethe/core';
import { type Static, Type } from 'typebox';
import { integerOrNull, oneOf, stringOrNull } from '../../http/schema.ts';

const begins = Type.Integer({ description: 'First second of the epoch, since 1970.' });
const seconds = Type.Integer({ description: 'Length of an epoch.' });
const LETTERS = 'One letter for each claim: c confirmed, n not confirmed, t not tested, - out of scope.';

const OpeningView = Type.Object({
  content: Type.Object({
    server: Type.String(),
    begins,
    seconds,
    inside: stringOrNull(`What the server found when it looked at itself; null where no look came. ${LETTERS}`),
    signature: stringOrNull("The server's signature over its look, base64."),
    outside: stringOrNull(`What its host saw from outside. ${LETTERS}`),
  }),
  blind: Type.String({ description: '32 random bytes, base64.' }),
  slot: Type.Integer({ description: "Number of the server's slot." }),
  path: Type.Array(Type.String(), { description: 'Inclusion proof of the slot, base64.' }),
  entry: integerOrNull('Number of the entry in the log; null while it waits, or if the log has another one.'),
});

export const EvidenceList = Type.Object(
  {
    server: Type.String(),
    cell: Type.String({ description: 'The region whose entry in the log the slots are in.' }),
    dueFrom: stringOrNull('First day on which it is looked at; null before the server has enrolled.'),
    openings: Type.Array(OpeningView, { description: 'Newest first.' }),
  },
  { $id: 'EvidenceList', description: 'Where a server stands in the evidence of its cell, for its owner.' },
);
export type EvidenceListType = Static<typeof EvidenceList>;

const day = Type.String({ description: 'A day in UTC.' });
const claims = Type.Array(oneOf(CLAIM_IDS, 'A claim.'));

export const FleetEvidence = Type.Object(
  {
    seconds,
    cells: Type.Array(
      Type.Object({
        cell: Type.String(),
        epochs: Type.Array(
          Type.Object({
            begins,
            seconds,
            contrary: claims,
            untested: claims,
            logged: Type.Boolean({ description: 'False while the log does not have it.' }),
          }),
        ),
      }),
    ),
    servers: Type.Array(
      Type.Object({
        server: Type.String(),
        cell: Type.String(),
        dueFrom: stringOrNull('First day on which it is looked at.'),
        days: Type.Array(
          Type.Object({
            day,
            looks: Type.Integer({ description: 'Looks at the server.' }),
            gaps: Type.Integer({ description: 'Epochs without one.' }),
            verdicts: Type.String({ description: `The worst of the day. ${LETTERS}` }),
          }),
        ),
      }),
    ),
  },
  { $id: 'FleetEvidence', description: 'Claim by server by day.' },
);
export type FleetEvidenceType = Static<typeof FleetEvidence>;

export const EVIDENCE_SCHEMAS = [EvidenceList, FleetEvidence];
