/** What all servers of a host share. */

import type { Engine, EngineKind, ImageFiles } from '@lethe/core';
import type { Blocklist } from '../blocklist/served.ts';
import type { Reports } from '../control/reports.ts';
import type { Limiter } from '../limiter.ts';
import type { HostNetwork } from '../network/host-network.ts';
import type { ReleaseGate } from '../release/gate.ts';
import type { EndedServers } from '../sealed/ended.ts';
import type { SealedStore } from '../sealed/store.ts';
import type { HostSettings } from '../settings.ts';

export interface HostContext {
  readonly engines: ReadonlyMap<EngineKind, Engine>;
  readonly image: ImageFiles;
  readonly network: HostNetwork;
  readonly store: SealedStore;
  readonly ended: EndedServers;
  readonly reports: Reports;
  readonly settings: HostSettings;
  /** UDP ports this host may give to servers. */
  readonly ports: { first: number; count: number };
  /** The block table for the filters of all servers. */
  readonly blocklist: Blocklist;
  readonly rootAnchors: string[] | null;
  /** Asked before a machine is made. */
  readonly gate: ReleaseGate;
  /** Room for machines that boot. */
  readonly boots: Limiter;
  /** Room for machines that are found again. */
  readonly adoptions: Limiter;
}
