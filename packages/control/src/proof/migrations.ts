/** Schema `proof`. It exists from the first day, so that releases and evidence never share a schema with customers. */

export const PROOF_MIGRATIONS: readonly string[] = [];
