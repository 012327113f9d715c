/** The customer's side as a library, for the command line and the page: typed client, vault, and the owner's workflows. No I/O but fetch. */

export type { SignedIn } from './account.ts';
export { answer, type Client, createClient } from './client.ts';
export type { ClosedServer } from './close-account.ts';
export * from './config-text.ts';
export type { CustomerOptions } from './context.ts';
export { type CreateOptions, type CreateStage, failureText } from './create-server.ts';
export * from './customer.ts';
export type { Changed, Device, DeviceConfig } from './devices.ts';
export type { Deleted } from './end-server.ts';
export type { EvidenceOpening, ServerEvidence } from './evidence.ts';
export type { Forgotten } from './forget.ts';
export type { MeasuredServer } from './inventory.ts';
export type { LiveDevice, LiveStatus } from './live-status.ts';
export { checkName } from './lookup.ts';
export type { NewDevice } from './new-device.ts';
export * from './owner-store.ts';
export { parseRecoveryText, recoveryText } from './recovery.ts';
export type { Account, FleetEvidence, Region, ServerView } from './schema.ts';
export type { Server } from './servers.ts';
export type { ChangedSettings, OwnerSettings, SettingsChange } from './settings.ts';
export { VAULT_BYTES, type Vault, type VaultDevice, type VaultServer } from './vault.ts';
