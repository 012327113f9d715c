/** Helpers for the schemas of the API: one TypeBox value gives the validation, the TypeScript type and the OpenAPI text. */

import { type Static, type TSchema, Type } from 'typebox';

/** A reference to a named schema. In the OpenAPI document it is a `$ref` under the same name. */
export function ref<S extends TSchema>(schema: S) {
  const { $id } = schema as { $id?: string };
  return Type.Unsafe<Static<S>>({ $ref: `${$id}#` });
}

/** One of a closed list of words. */
export const oneOf = <const Words extends readonly string[]>(words: Words, description: string) =>
  Type.Unsafe<Words[number]>({ type: 'string', enum: words, description });

/** A closed list of words, or null. */
export const oneOfOrNull = <const Words extends readonly string[]>(words: Words, description: string) =>
  Type.Unsafe<Words[number] | null>({ type: ['string', 'null'], enum: [...words, null], description });

export const stringOrNull = (description: string, options: object = {}) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description, ...options });

export const integerOrNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description });

/** A calendar day in UTC, the finest time that the accounts and fleet planes store. */
export const day = (description: string) => Type.String({ description, pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

export const ErrorAnswer = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'One word of a closed list, for programs.' }),
      message: Type.String({ description: 'For people: what happened, what was left as it was, what to do.' }),
    }),
  },
  { $id: 'ErrorAnswer', description: 'The answer to every request that was refused.' },
);

export const Empty = Type.Object(
  {},
  { $id: 'Empty', additionalProperties: false, description: 'An object without fields.' },
);

export const DsseEnvelope = Type.Object(
  {
    payloadType: Type.String({ maxLength: 128 }),
    payload: Type.String({ maxLength: 16384, description: 'Standard base64 of the signed bytes.' }),
    signatures: Type.Array(
      Type.Object(
        {
          keyid: Type.String({ maxLength: 64, description: 'base64url public key: a hint, never trusted.' }),
          sig: Type.String({ maxLength: 128, description: 'Standard base64 of the Ed25519 signature.' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 8 },
    ),
  },
  {
    $id: 'DsseEnvelope',
    additionalProperties: false,
    description:
      'A signed document (DSSE v1). The device list inside is signed by the owner; the server checks it itself.',
  },
);

/** Error answers of a route, by status, for the document. */
export const errors = (...statuses: number[]) =>
  Object.fromEntries(statuses.map((status) => [status, ref(ErrorAnswer)])) as Record<never, never>;
