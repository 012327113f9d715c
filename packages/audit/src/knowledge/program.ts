/**
 * What the auditor knows about a program, as data: how to recognise it, what it records when nothing is configured, which settings make
 * it silent, and which traps exist. The judgement itself is one function for all programs (`checks/program-records.ts`).
 *
 * The rule behind every entry: **the absence of a directive is judged by the program's default**, never taken for silence.
 */

import type { ClaimId } from '@lethe/core';

export interface Program {
  /** Lower case, a file name: `unbound`. */
  id: string;
  /** As its makers write it. */
  name: string;
  role: Role;
  recognise: Recognition;
  /** What it records when nothing is configured; one sentence for people. */
  byDefault: string;
  /** Ways in which its configuration looks silent and is not; one sentence each. */
  traps: string[];
  config?: ConfigSource;
  settings?: Setting[];
  /** Set if no setting makes it silent: that it runs is the finding. */
  always?: Recording;
  /** Removed files that it goes on using as memory: a regular expression for the path. Any other one is taken for a log. */
  scratch?: string;
  /** Where the facts come from: `name, version or year: manual page or source file`. */
  sources: string[];
}

/**
 * `dns`, `vpn`, `proxy` and `web` handle what users send; `log` takes in what others say; `monitor` counts; `capture` exists to record
 * traffic; `neutral` is known and handles nothing of users.
 */
export type Role =
  | 'dns'
  | 'vpn'
  | 'proxy'
  | 'web'
  | 'log'
  | 'monitor'
  | 'capture'
  | 'database'
  | 'container'
  | 'cloud'
  | 'neutral';

export interface Recognition {
  /** Base names of the executable, exactly: `unbound`. For scripts the base name of the script, e.g. `wg-quick`. */
  names: string[];
  /** Regular expression that the joined command line must match too, where names are shared (a Java or Node program). */
  argv?: string;
}

export type Syntax =
  /** `key: value` with `section:` lines (Unbound): paths are `section.key`. */
  | 'unbound'
  /** `key = value` under `[section]` (journald, systemd units, sshd-like ini): paths are `section.key`, or `key` before any section. */
  | 'ini'
  /** `key = value` or bare `key`, no sections (dnsmasq, PostgreSQL, vnstat): paths are `key`. */
  | 'equals'
  /** `key value…` per line (OpenVPN, squid, tinyproxy, redis, sshd, rsyslog legacy): paths are `key`. */
  | 'words'
  /** `name value { … ; }` with `;` or new lines (nginx, BIND, strongSwan, haproxy-like blocks, Caddyfile): paths are `block.block.key`. */
  | 'braces'
  | 'json'
  | 'yaml'
  | 'toml';

export interface ConfigSource {
  syntax: Syntax;
  /** Options of the command line that name the main file: `-c`, `--config`. Both `-c FILE` and `--config=FILE` are understood. */
  option: string[];
  /** Options of the command line whose value is a setting: `-c log_statement=none`. */
  assign?: string[];
  /** Options that name a directory with a main file of this name: `-D DIR`. */
  directory?: { option: string[]; file: string; also?: string[] };
  /** The first argument that is a path names the main file: `redis-server /etc/redis/redis.conf`. */
  argument?: true;
  /** Main files without either; those that exist are read. */
  paths: string[];
  /** Files read as well, as shell globs: `/etc/unbound/unbound.conf.d/*.conf`. Includes named in the files are followed by themselves. */
  also?: string[];
  /** Options of the command line that name further files or directories, up to a comma: `-7`, `--conf-dir`. */
  alsoOption?: string[];
  /** Keys whose value is a path or glob of further files: `include`, `conf-dir`. A directory means every file in it. */
  include?: string[];
}

export interface Recording {
  /** What is recorded, as the rest of a sentence after the program's name: `writes every lookup with the client's address`. */
  records: string;
  /** Claims that are Not confirmed then. `CL-10` (configurations) is added by itself for settings. */
  claims: ClaimId[];
  /** What to do, as an imperative sentence. */
  mend: string;
}

/**
 * One setting on which recording depends. The effective value comes from the running program if it can be asked, else the command line,
 * else the environment, else the files (the last one wins), else `absent`.
 */
export interface Setting extends Recording {
  /** Dotted path as the syntax makes it, lower case: `server.log-queries`. A segment `*` matches any one, `**` any number. */
  key: string;
  /** The value in force when the setting is nowhere; null: nothing is recorded then. */
  absent: string | null;
  /** Regular expression, case-insensitive, matched against the whole value. A value that does not match records. */
  silent: string;
  /** `last` (default): the last value is in force. `each`: every occurrence is judged, and absence only if there is none. */
  occurrences?: 'last' | 'each';
  /** Options of the command line that set it: `--log-queries`. A bare option has the value `yes`. */
  option?: string[];
  /** Variable of the environment that sets it. */
  env?: string;
  /** Command that asks the running program; `{config}` is its main file, `{pid}` its number. Standard output, trimmed, is the value; on failure the next source counts. */
  ask?: string[];
  /** Regular expression, multiline, whose first group is the value in that answer; the answer has no value if it does not match. */
  said?: string;
  /** Judged only if this other setting (same rules) has a value that matches. */
  when?: { key: string; absent: string | null; matches: string };
}
