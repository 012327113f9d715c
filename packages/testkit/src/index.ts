/**
 * The test internet: routers, a signed DNS from the root down, web servers, an ISP with clients and a collector, in network
 * namespaces of one run. It has no link to the machine's own network, so nothing sent in it can leave. Used by tests, the demo and
 * the bench; never by the running service.
 *
 * Needs root and the Debian packages of `debian-packages.json`. What a run leaves behind when its process is killed is removed by
 * the next run.
 */

export { type CommandOptions, type CommandResult, run } from './command.ts';
export { Device, parseWireguardConf, type WireguardConf } from './device.ts';
export { Lab } from './lab.ts';
export { PLACES, type Place, SITE } from './plan.ts';
export type { FetchResult, PingOptions, PingResult, ResolveResult } from './probes.ts';
export { processStart, sweepDeadRuns } from './runs.ts';
export { type ClientSpec, TestInternet, type TestInternetOptions } from './test-internet.ts';
export { requireTools } from './tools.ts';
export { until } from './until.ts';
export { PacketWatch } from './watch.ts';
