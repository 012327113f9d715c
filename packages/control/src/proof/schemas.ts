/** Shapes of the proof plane's API. */

import { Type } from 'typebox';
import { integerOrNull, oneOf } from '../http/schema.ts';

export const ProofStatusView = Type.Object(
  {
    origin: Type.String({ description: 'Name of the log.' }),
    size: Type.Integer({ description: 'Entries of the log.' }),
    mode: oneOf(['two-person', 'one-person'], 'How many people a change needs.'),
    trustRoot: Type.Integer({ description: 'Version of the newest trust root.' }),
    release: Type.Integer({ description: 'Version of the newest release; 0 for none.' }),
    missing: Type.Array(Type.String(), { description: 'Witnesses that did not sign at the last round.' }),
    disagree: Type.Array(Type.String(), {
      description: 'Witnesses that say they have seen another history of the log.',
    }),
    published: Type.Boolean({ description: 'Whether a quorum of witnesses signed at the last round.' }),
  },
  { $id: 'ProofStatus', description: 'State of the log.' },
);

const change = {
  kind: oneOf(['root', 'release'], 'What it would change: who may sign, or what runs.'),
  version: Type.Integer({ description: 'The version it would be.' }),
  digest: Type.String({ description: 'SHA-256 of its document, hexadecimal: its id.' }),
  signedBy: Type.Array(Type.String(), { description: 'Persons who signed.' }),
  needed: Type.Integer({ description: 'How many persons must sign.' }),
  index: integerOrNull('Number of its entry once it is logged, else null.'),
  envelope: Type.String({ description: 'The exact bytes of its DSSE envelope.' }),
};

export const ChangeView = Type.Object(change, { $id: 'Change', description: 'A change and who has signed it.' });

export const ChangeList = Type.Object(
  { changes: Type.Array(Type.Object(change)) },
  { $id: 'ChangeList', description: 'Changes that wait for signatures.' },
);

export const SubmitChange = Type.Object(
  { envelope: Type.String({ maxLength: 65_535, description: 'A DSSE envelope, exactly as signed.' }) },
  { $id: 'SubmitChange', additionalProperties: false, description: 'A signed document.' },
);

export const PROOF_SCHEMAS = [ProofStatusView, ChangeView, ChangeList, SubmitChange];
