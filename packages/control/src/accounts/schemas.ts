/** What the accounts plane says and accepts over HTTP. */

import { type Static, Type } from 'typebox';
import { day, ref, stringOrNull } from '../http/schema.ts';
import { VAULT_CIPHERTEXT_LENGTH } from './vault.ts';

export const CodeRequest = Type.Object(
  { email: Type.String({ maxLength: 1000, description: 'Where to send the one-time code.' }) },
  { $id: 'CodeRequest', additionalProperties: false, description: 'Asks for a one-time code by e-mail.' },
);

export const SignIn = Type.Object(
  {
    email: Type.String({ maxLength: 1000 }),
    code: Type.String({ maxLength: 32, description: 'The eight digits of a mail; spaces are ignored.' }),
  },
  { $id: 'SignIn', additionalProperties: false, description: 'Signs in; the first sign-in makes the account.' },
);

export const Session = Type.Object(
  {
    token: Type.String({
      description: 'Send it as `Authorization: Bearer`. A page uses the cookie instead and keeps nothing.',
    }),
  },
  { $id: 'Session', description: 'A session. The service keeps only a hash of its token.' },
);

export const Plan = Type.Object(
  {
    name: Type.String(),
    active: Type.Boolean({ description: 'False: no vouchers are issued.' }),
    serversPerPeriod: Type.Integer({ description: 'Vouchers in one period of 30 days.' }),
    issued: Type.Integer({ description: 'Vouchers issued in the current period.' }),
  },
  { $id: 'Plan', description: 'What the subscription allows.' },
);

export const Account = Type.Object(
  { email: Type.String(), plan: ref(Plan), createdOn: day('Day on which the account was made.') },
  { $id: 'Account', description: 'Everything that is stored about an account, apart from its vault.' },
);

export const Vault = Type.Object(
  {
    version: Type.Integer({ description: '0 while the vault is empty.' }),
    ciphertext: stringOrNull('Standard base64; null while the vault is empty.'),
  },
  { $id: 'Vault', description: 'What the customer keeps here as ciphertext: names of servers and devices.' },
);

export const VaultUpdate = Type.Object(
  {
    version: Type.Integer({ minimum: 1, description: 'The current version plus one.' }),
    ciphertext: Type.String({
      minLength: 1,
      maxLength: VAULT_CIPHERTEXT_LENGTH,
      pattern: '^[A-Za-z0-9+/]*={0,2}$',
      description: 'Standard base64. Pad before sealing, so that its size tells nothing.',
    }),
  },
  { $id: 'VaultUpdate', additionalProperties: false, description: 'Replaces the vault.' },
);

export const VaultVersion = Type.Object(
  { version: Type.Integer({ description: 'The version now stored.' }) },
  { $id: 'VaultVersion', description: 'The vault was stored.' },
);

export const Voucher = Type.Object(
  { voucher: Type.String({ description: 'Opaque; good for one lease of a server, once.' }) },
  { $id: 'Voucher', description: 'The only thing that passes from the accounts plane to the fleet plane.' },
);

export const ACCOUNT_SCHEMAS = [CodeRequest, SignIn, Session, Plan, Account, Vault, VaultUpdate, VaultVersion, Voucher];
export type AccountView = Static<typeof Account>;
export type PlanView = Static<typeof Plan>;
