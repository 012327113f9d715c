/** The shapes of the HTTP API, from the types generated out of `spec/openapi.json`. */

import type { components } from './generated/schema.d.ts';

export type { paths } from './generated/schema.d.ts';
export type Account = components['schemas']['Account'];
export type Region = components['schemas']['Region'];
export type ServerView = components['schemas']['ServerView'];
export type FleetEvidence = components['schemas']['FleetEvidence'];
