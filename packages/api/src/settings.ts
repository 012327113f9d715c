/** What an owner chooses for a server: kept in the vault, signed and sealed to the server, which alone can read it on the other side. */

import { DEFAULT_SETTINGS, type FilterChoices, LetheError, type ServerSettings, sealSettings } from '@lethe/core';
import { keysOf, sendSettings, silent } from './ask-server.ts';
import type { Context } from './context.ts';
import { findEntry } from './devices.ts';
import type { VaultServer } from './vault.ts';
import { entryOf, readVault, updateVault } from './vault-sync.ts';

export interface OwnerSettings {
  server: { id: string; name: string };
  filter: FilterChoices;
  /** Seconds of silence after which the server forgets. */
  forgetAfterS: number;
}

export interface SettingsChange {
  /** Fields of the filter to be changed, or how to change it. */
  filter?: Partial<FilterChoices> | ((filter: FilterChoices) => FilterChoices);
  forgetAfterS?: number;
}

export interface ChangedSettings extends OwnerSettings {
  /** True once the server itself has said, signed, that they are in force; false if it could not be reached: they are sent with the next change. */
  applied: boolean;
}

const ofEntry = (entry: VaultServer): OwnerSettings => {
  const { filter, forgetAfterS } = entry.settings ?? DEFAULT_SETTINGS;
  return { server: { id: entry.id, name: entry.name }, filter, forgetAfterS };
};

/** The settings of a server as they were last signed. */
export async function settings(ctx: Context, ref?: string): Promise<OwnerSettings> {
  return ofEntry(findEntry((await readVault(ctx)).vault, ref));
}

/**
 * Changes settings: in the vault first, then sealed to the server. Throws `bad_request` or `too_large` with nothing changed, and
 * `stale_counter` if the server has newer ones than the vault.
 */
export async function changeSettings(ctx: Context, change: SettingsChange, ref?: string): Promise<ChangedSettings> {
  const known = findEntry((await readVault(ctx)).vault, ref);
  const { wireguard } = await keysOf(ctx, known);
  const owner = await ctx.keys();
  // Refused here if they cannot be, before the vault is touched; sealed again below, in case another device was faster.
  await sealSettings(changed(known, change), owner, wireguard);
  const vault = await updateVault(ctx, (next) => {
    const entry = entryOf(next, known.id);
    const { server: _, ...rest } = changed(entry, change);
    entry.settings = rest;
  });
  const entry = entryOf(vault, known.id);
  const sealed = await sealSettings({ ...entry.settings!, server: entry.id }, owner, wireguard);
  return { ...ofEntry(entry), applied: await apply(ctx, entry, sealed) };
}

function changed(entry: VaultServer, change: SettingsChange): ServerSettings {
  const before = entry.settings ?? DEFAULT_SETTINGS;
  const filter =
    typeof change.filter === 'function' ? change.filter(before.filter) : { ...before.filter, ...change.filter };
  const forgetAfterS = change.forgetAfterS ?? before.forgetAfterS;
  return { server: entry.id, counter: before.counter + 1, filter, forgetAfterS };
}

async function apply(ctx: Context, entry: VaultServer, sealed: string): Promise<boolean> {
  try {
    const { settingsCounter } = await sendSettings(ctx, entry, sealed);
    if (settingsCounter > entry.settings!.counter) {
      throw new LetheError('stale_counter', 'The server has newer settings than the vault. They stay in force.');
    }
    return settingsCounter === entry.settings!.counter;
  } catch (error) {
    if (silent(error)) return false;
    throw error;
  }
}
