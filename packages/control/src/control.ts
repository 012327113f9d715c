/**
 * The composition root: the one place where all planes are in reach. Accounts and fleet meet here through `core`'s entitlement interface
 * and nowhere else. The proof plane is given alarms, each a region, a kind and an hour, and evidence, which is
 * the same for any number of servers; and nothing else of either.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, EPOCH_S } from '@lethe/core';
import type { TrustRoot } from '@lethe/verify';
import type { Pool } from 'pg';
import { attempts } from './accounts/attempts.ts';
import type { AccountsContext } from './accounts/context.ts';
import { type SendMail, smtpSender, startMailer } from './accounts/mail.ts';
import type { AccountsTables } from './accounts/tables.ts';
import type { ControlConfig } from './config.ts';
import { accountsRound, fleetRound, startDaily, startForgetting } from './daily.ts';
import { startJobs } from './db/jobs.ts';
import { migrate } from './db/migrate.ts';
import { checkDatabase, openPool, openSchema } from './db/open.ts';
import { hmacIssuer, hmacRedeemer } from './entitlement/hmac-voucher.ts';
import { startBus } from './fleet/bus.ts';
import type { FleetContext } from './fleet/context.ts';
import { EvidenceRounds } from './fleet/evidence/rounds.ts';
import { HostChannels } from './fleet/host-channels.ts';
import { Alarms } from './fleet/incidents/alarms.ts';
import { ChannelFile } from './fleet/incidents/channels.ts';
import { issueJoinToken } from './fleet/join.ts';
import { BusyPorts } from './fleet/ports.ts';
import type { FleetTables } from './fleet/tables.ts';
import { Watchers } from './fleet/watchers.ts';
import { LIMITS, type RouteLimits } from './http/limits.ts';
import { listen } from './http/listen.ts';
import { buildServer } from './http/server.ts';
import { ProofService } from './proof/service.ts';
import { type ControlSecrets, openSecrets } from './secrets.ts';

/** What differs between a service and a test of it. */
export interface ControlParts {
  /** Gets the mails when there is no mail server. */
  onMail: SendMail;
  clock?: Clock;
  limits?: RouteLimits;
  /** Milliseconds between two rounds of the alarms. */
  alarmRoundMs?: number;
  /** Milliseconds between two looks of the evidence at the clock. */
  evidenceTickMs?: number;
}

export interface Control {
  /** The port it listens on. */
  port: number;
  /** How many people a change of what servers run needs; null without a log. */
  mode: TrustRoot['mode'] | null;
  /** A one-time token with which a host may join. */
  joinToken(): Promise<string>;
  /** The daily round of both planes, now. */
  dailyRound(): Promise<void>;
  stop(): Promise<void>;
}

const systemClock: Clock = { now: () => Date.now() };
const CONNECTIONS_PER_PLANE = 8;

/** Starts the control plane. Throws `database_failed`, `port_in_use` or `disk_full`; nothing keeps running in that case. */
export async function startControl(config: ControlConfig, parts: ControlParts): Promise<Control> {
  const clock = parts.clock ?? systemClock;
  const startedAt = clock.now();
  const stops: (() => Promise<unknown> | unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const secrets = openSecrets(config.dataDir);
    const pools = {
      accounts: openPool(config.accountsDatabaseUrl ?? config.databaseUrl, CONNECTIONS_PER_PLANE),
      fleet: openPool(config.databaseUrl, CONNECTIONS_PER_PLANE),
    };
    stops.push(() => Promise.all([pools.accounts.end(), pools.fleet.end()]));
    await Promise.all([checkDatabase(pools.accounts), checkDatabase(pools.fleet)]);
    await migrate(pools.accounts, ['accounts']);
    await migrate(pools.fleet, ['fleet', 'proof']);
    const mail = sender(config, parts);
    const accounts = await startAccounts(config, mail, clock, secrets, pools.accounts, stops);
    const proof = await startProof(config, clock, stops);
    const alarms = await openAlarms(config, mail, parts.alarmRoundMs);
    const fleet = await startFleet(config, alarms, clock, secrets, pools.fleet, proof, stops, parts.evidenceTickMs);
    const port = await serve(config, parts, clock, startedAt, { accounts, fleet, proof }, stops);
    return {
      port,
      mode: proof?.status.mode ?? null,
      joinToken: () => issueJoinToken(fleet),
      dailyRound: async () => {
        await accountsRound(accounts, pools.accounts);
        await fleetRound(fleet, pools.fleet);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Stops = (() => Promise<unknown> | unknown)[];

/** The mail server, or whoever shows mails where there is none. Both planes send by it; neither hears of the other's mails. */
function sender(config: ControlConfig, parts: ControlParts): SendMail {
  const { hostname } = new URL(config.publicUrl);
  return config.smtpUrl ? smtpSender(config.smtpUrl, config.mailFrom ?? `Lethe <no-reply@${hostname}>`) : parts.onMail;
}

async function startAccounts(
  config: ControlConfig,
  mail: SendMail,
  clock: Clock,
  secrets: ControlSecrets,
  pool: Pool,
  stops: Stops,
): Promise<AccountsContext> {
  const { protocol } = new URL(config.publicUrl);
  const jobs = await startJobs(pool, 'accounts_jobs');
  stops.push(() => jobs.stop());
  const context: AccountsContext = {
    db: openSchema<AccountsTables>(pool, 'accounts'),
    clock,
    codeSecret: secrets.codes,
    issuer: hmacIssuer(secrets.voucher, clock),
    mailer: await startMailer(jobs, mail, secrets.codes),
    attempts: attempts(clock),
    forgetSoon: await startForgetting(jobs, pool, clock),
    secureCookie: protocol === 'https:',
  };
  await startDaily(jobs, () => accountsRound(context, pool), clock.now);
  return context;
}

/** Throws `bad_request` for a file of channels that cannot be used. */
async function openAlarms({ dataDir }: ControlConfig, mail: SendMail, roundMs?: number): Promise<Alarms> {
  const channels = new ChannelFile(join(dataDir, 'alarms.json'));
  await channels.open();
  return new Alarms(channels, mail, roundMs);
}

async function startFleet(
  config: ControlConfig,
  alarms: Alarms,
  clock: Clock,
  secrets: ControlSecrets,
  pool: Pool,
  proof: ProofService | null,
  stops: Stops,
  evidenceTickMs?: number,
): Promise<FleetContext> {
  const bus = await startBus(config.databaseUrl);
  stops.push(() => bus.stop());
  const context: FleetContext = {
    db: openSchema<FleetTables>(pool, 'fleet'),
    clock,
    enrolmentSecret: secrets.enrolment,
    redeemer: hmacRedeemer(secrets.voucher),
    bus,
    channels: new HostChannels(),
    watchers: new Watchers(),
    busyPorts: new BusyPorts(),
    releaseSince: async (seen) => proof?.since(seen),
    alarms,
    evidence: new EvidenceRounds(config.epochS ?? EPOCH_S, evidenceTickMs),
    proof,
  };
  proof?.onPublished(() => context.channels.pushReleases());
  bus.on((message) => context.channels.onBus(context, message));
  bus.onResumed(() => {
    context.channels.pushAll();
    context.watchers.wakeAll();
  });
  const jobs = await startJobs(pool, 'fleet_jobs');
  stops.push(() => jobs.stop());
  await startDaily(jobs, () => fleetRound(context, pool), clock.now);
  context.alarms.start(context);
  stops.push(() => context.alarms.stop());
  context.evidence.start(context);
  stops.push(() => context.evidence.stop());
  return context;
}

/** The log is opened before anything is served, so that a log that split or broke stops the start. */
async function startProof(config: ControlConfig, clock: Clock, stops: Stops): Promise<ProofService | null> {
  if (!config.proof) return null;
  const proof = await ProofService.start({
    dataDir: join(config.dataDir, 'proof'),
    publicDir: join(config.dataDir, 'log'),
    host: new URL(config.publicUrl).hostname,
    clock,
    ...config.proof,
  });
  stops.push(() => proof.stop());
  return proof;
}

interface Planes {
  accounts: AccountsContext;
  fleet: FleetContext;
  proof: ProofService | null;
}

async function serve(
  config: ControlConfig,
  parts: ControlParts,
  clock: Clock,
  startedAt: number,
  { accounts, fleet, proof }: Planes,
  stops: Stops,
): Promise<number> {
  const app = await buildServer({
    accounts,
    fleet,
    proof,
    clock,
    startedAt,
    limits: parts.limits ?? LIMITS,
    webRoot: config.webRoot,
    publicUrl: config.publicUrl,
  });
  const { port, close } = await listen(app, config.listen ?? '127.0.0.1', config.port);
  stops.push(async () => {
    fleet.watchers.close();
    fleet.channels.close();
    await close();
  });
  // Signatures of the second in which this process started are refused: the service is ready when that second is over.
  await sleep(Math.max(0, 1000 - (startedAt % 1000) - (clock.now() - startedAt)));
  return port;
}
