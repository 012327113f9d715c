/**
 * The one error class that crosses package borders, with a closed set of codes.
 *
 * Threat: a message can end up in a terminal, an HTTP answer or a report, so it never carries an address, a name that was
 * looked up, a key or a token. The type cannot enforce that; `message` is written by hand at each throw for that reason.
 */

/** Every code an error may carry, with the HTTP status it maps to. One list, so that clients can switch on it. */
export const ERROR_STATUS = {
  bad_encoding: 400,
  bad_request: 400,
  bad_email: 400,
  bad_public_key: 400,
  bad_address: 400,
  bad_device_list: 400,
  bad_note: 400,
  bad_checkpoint: 400,
  bad_tile: 400,
  bad_proof: 400,
  bad_policy: 400,
  bad_envelope: 400,
  bad_release: 400,
  bad_trust_root: 400,
  bad_alarm: 400,
  bad_evidence: 400,
  note_bad_signature: 403,
  unknown_log: 404,
  no_quorum: 403,
  not_included: 422,
  inconsistent: 422,
  too_few_approvals: 403,
  same_person: 403,
  broken_chain: 409,
  rolled_back: 409,
  not_for_this_server: 403,
  expired: 403,
  not_yet_valid: 403,
  too_old: 403,
  future_timestamp: 403,
  clock_went_back: 403,
  log_split: 500,
  log_broken: 500,
  bad_signature: 401,
  replayed: 401,
  signature_expired: 401,
  not_signed_in: 401,
  wrong_code: 401,
  code_expired: 401,
  recovery_key_needed: 403,
  bad_voucher: 403,
  voucher_spent: 403,
  no_entitlement: 402,
  not_found: 404,
  duplicate_key: 409,
  address_taken: 409,
  stale_counter: 409,
  already_exists: 409,
  too_many_devices: 409,
  server_key_changed: 409,
  unknown_region: 422,
  unknown_engine: 422,
  too_large: 413,
  too_many_requests: 429,
  no_capacity: 503,
  unreachable: 503,
  timeout: 504,
  not_root: 500,
  missing_tool: 500,
  port_in_use: 500,
  already_running: 500,
  disk_full: 500,
  image_broken: 500,
  engine_failed: 500,
  database_failed: 500,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** An error a person is meant to read: what happened, and where it helps what was left as it was and what to do. */
export class LetheError extends Error {
  override readonly name = 'LetheError';
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
  /** The HTTP status this error maps to. */
  get status(): number {
    return ERROR_STATUS[this.code];
  }
}
