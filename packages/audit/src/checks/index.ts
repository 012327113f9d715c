/** All checks, in the order in which a person would look. */

import { canaryTraces } from './canary-traces.ts';
import { changedBinary } from './changed-binary.ts';
import type { Check } from './check.ts';
import { connectionListener } from './connection-listener.ts';
import { connectionState } from './connection-state.ts';
import { fileWriter } from './file-writer.ts';
import { worksInStep } from './in-step.ts';
import { kernelLog } from './kernel-log.ts';
import { kernelProgram } from './kernel-program.ts';
import { memoryOnDisk } from './memory-on-disk.ts';
import { netfilterRules } from './netfilter-rules.ts';
import { packetSocket } from './packet-socket.ts';
import { programRecords } from './program-records.ts';
import { recorderCommand } from './recorder-command.ts';
import { resolverAbsent, vpnAbsent } from './service-absent.ts';
import { storedColumns } from './stored-columns.ts';
import { storedLogs } from './stored-logs.ts';
import { trafficMirrored } from './traffic-mirrored.ts';
import { tunnelHook } from './tunnel-hook.ts';
import { unknownProgram } from './unknown-program.ts';
import { unlinkedLog } from './unlinked-log.ts';
import { upstreamMinimum } from './upstream-minimum.ts';
import { watchedProcess } from './watched-process.ts';
import { wireguardDebug } from './wireguard-debug.ts';

export const CHECKS: readonly Check[] = [
  vpnAbsent,
  resolverAbsent,
  programRecords,
  unknownProgram,
  packetSocket,
  connectionListener,
  netfilterRules,
  trafficMirrored,
  kernelProgram,
  watchedProcess,
  changedBinary,
  unlinkedLog,
  fileWriter,
  recorderCommand,
  tunnelHook,
  wireguardDebug,
  connectionState,
  kernelLog,
  storedLogs,
  storedColumns,
  memoryOnDisk,
  canaryTraces,
  worksInStep,
  upstreamMinimum,
];

export type { Check, Contrary, Outcome } from './check.ts';
