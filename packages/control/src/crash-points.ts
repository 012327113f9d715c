/**
 * Places where a test kills this process, between every two durable steps of making and ending a server. Inert unless the
 * environment names one.
 */

export const CRASH_POINTS = [
  // Making a server.
  'voucher.counted', // the account's count is committed, the voucher not yet handed out: one voucher of the period is lost
  'create.voucher-spent', // inside the transaction: a restart finds neither a spent voucher nor a server
  'create.stored', // inside the transaction, all written: as above
  'create.committed', // voucher spent and server stored together, nobody told: the host gets it when it connects again
  'create.handed-over', // marked as known to the host, not yet sent: sent when it connects again
  'create.sent', // the host has it: its reports come again when it connects
  'enrol.stored', // the keys are stored, the host does not know: the same enrolment is accepted again
  // Ending a server.
  'delete.marked', // inside the transaction: a restart finds the server as it was
  'delete.committed', // the host is told when it connects again
  'delete.sent', // the host ends it and says so when it connects again
  'delete.row-removed', // inside the transaction: the host is asked again and says so again
  'delete.finished', // done
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Beside the life of a server: an incident is committed with its deliveries, nothing was sent. */
export type IncidentCrashPoint = 'incident.stored';

/** Beside both: an epoch is committed and not in the log; or it is in the log, and its row does not know the entry. */
export type EvidenceCrashPoint = 'evidence.committed' | 'evidence.logged';

/** Ends this process without warning if the test asked for it here. */
export function crashPoint(name: CrashPoint | IncidentCrashPoint | EvidenceCrashPoint): void {
  if (process.env['LETHE_CRASH_AT']?.split(',').includes(name)) process.kill(process.pid, 'SIGKILL');
}
