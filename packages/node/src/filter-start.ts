/**
 * Starts the filter, adopts a running one, hands it choices and tables. It is a program of its own with a user of its own: a flaw in
 * what reads packets from devices and the internet reaches neither keys nor the firewall.
 */

import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FilterChoices } from '@lethe/core/filter';
import { slotAddresses, TUNNEL } from '@lethe/core/tunnel';
import { answersDns } from './dns/answers.ts';
import { askFilter } from './filter/ask.ts';
import { PLACES } from './places.ts';
import { RESOLVER } from './resolver.ts';
import { startService } from './run.ts';
import { waitFor } from './wait.ts';

const START_LIMIT_MS = 30_000;
/** The image has both programs beside each other, in one file each. */
const BUNDLED = new URL('./filter.js', import.meta.url);
const PROGRAM = fileURLToPath(existsSync(BUNDLED) ? BUNDLED : new URL('./filter/main.ts', import.meta.url));
/** How Node is started: the small things that keep it small (`npm run bench -- dns` measures them). */
export const FILTER_FLAGS: readonly string[] = [
  '--max-old-space-size=48',
  '--max-semi-space-size=1',
  '--disable-warning=ExperimentalWarning',
];
/** A table's memory goes back to the system when it is replaced, and every thread takes from the same heap. */
export const FILTER_ENVIRONMENT: Record<string, string> = {
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_ARENA_MAX: '1',
  UV_THREADPOOL_SIZE: '1',
};
const NOBODY = 65534;
export const CONTROL_SOCKET = `${PLACES.filterControl}/control.sock`;

/** User of the filter: its own where the root has one, else nobody. */
export function filterUser(): number {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('filter:'));
  return line === undefined ? NOBODY : Number(line.split(':')[2]);
}

export const FILTER_PID = `${PLACES.directory}/filter.pid`;

/** The process id of the filter that this server started, if it still runs. */
export function filterPid(): number | null {
  try {
    const pid = Number(readFileSync(FILTER_PID, 'utf8'));
    return pid > 1 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(PROGRAM) ? pid : null;
  } catch {
    return null;
  }
}

/** Makes sure that the filter runs with these choices and answers at the tunnel addresses. Throws if it does not. */
export async function startFilter(choices: FilterChoices): Promise<void> {
  prepareDirectory();
  writeChoices(choices);
  if (filterPid() === null) {
    const { ipv4, ipv6 } = slotAddresses(TUNNEL.serverSlot);
    const args = [
      ...FILTER_FLAGS,
      PROGRAM,
      `--listen=${ipv4}:53`,
      `--listen=[${ipv6}]:53`,
      `--upstream=${RESOLVER.address}:${RESOLVER.port}`,
      `--directory=${PLACES.filterDirectory}`,
      `--control=${CONTROL_SOCKET}`,
      `--user=${filterUser()}`,
    ];
    const service = startService(process.execPath, args, FILTER_ENVIRONMENT);
    if (service.pid === undefined) throw new Error('The filter could not be started');
    writeFileSync(FILTER_PID, String(service.pid), { mode: 0o600 });
  } else await reloadFilter();
  await filterAnswers();
}

/** Waits until the filter answers at both tunnel addresses, which it does once the resolver behind it does. */
async function filterAnswers(): Promise<void> {
  const { ipv4, ipv6 } = slotAddresses(TUNNEL.serverSlot);
  await Promise.all(
    [ipv4, ipv6].map((address) =>
      waitFor(async () => filterPid() === null || (await answersDns(address, 53)), START_LIMIT_MS),
    ),
  );
  if (filterPid() === null) throw new Error('The filter ended');
}

function prepareDirectory(): void {
  const user = filterUser();
  mkdirSync(PLACES.filterDirectory, { recursive: true });
  // The init's umask closes what it makes; what lies beside the filter's directories is closed by itself.
  chmodSync(dirname(PLACES.filterDirectory), 0o755);
  chmodSync(PLACES.filterDirectory, 0o755);
  // For the agent and the filter alone. The agent's root may not pass over permissions in a container, so it is the owner.
  mkdirSync(PLACES.filterControl, { recursive: true });
  chownSync(PLACES.filterControl, process.getuid!(), user);
  chmodSync(PLACES.filterControl, 0o770);
}

/** Writes the choices where the filter reads them, whole or not at all. */
function writeChoices(choices: FilterChoices): void {
  writeFileSync(`${PLACES.filterChoices}.new`, JSON.stringify(choices));
  chmodSync(`${PLACES.filterChoices}.new`, 0o644);
  renameSync(`${PLACES.filterChoices}.new`, PLACES.filterChoices);
}

/** Makes the running filter take other choices, without dropping a query. Throws if it refuses. */
export async function changeChoices(choices: FilterChoices): Promise<void> {
  writeChoices(choices);
  await reloadFilter();
}

/** Makes the running filter read its files again. Throws if it refuses; it goes on with the old ones then. */
export async function reloadFilter(): Promise<void> {
  const answer = await askFilter(CONTROL_SOCKET, { type: 'load' });
  if (answer.type !== 'loaded') throw new Error('The filter refused its files');
}

/** Makes a running filter give up the random numbers it has drawn. Throws if it does not. */
export async function wakeFilter(): Promise<void> {
  if (filterPid() === null) return;
  const answer = await askFilter(CONTROL_SOCKET, { type: 'wake' });
  if (answer.type !== 'woken') throw new Error('The filter did not wake up');
}

/** The coarse total of blocked lookups since the filter started; 0 if it cannot say. */
export async function blockedTotal(): Promise<number> {
  try {
    const answer = await askFilter(CONTROL_SOCKET, { type: 'total' });
    return answer.type === 'total' ? answer.blocked : 0;
  } catch {
    return 0;
  }
}

/** Ends the filter, and with it everything that it remembers. */
export async function endFilter(): Promise<void> {
  const pid = filterPid();
  if (pid === null) return;
  process.kill(pid, 'SIGKILL');
  await waitFor(() => filterPid() === null, START_LIMIT_MS);
  rmSync(CONTROL_SOCKET, { force: true });
}
