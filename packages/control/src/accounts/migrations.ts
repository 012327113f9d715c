/** Schema `accounts`, step by step. A step that has run anywhere is never changed; a new one is added below it. */

export const ACCOUNTS_MIGRATIONS: readonly string[] = [
  `
  create table accounts.accounts (
    id uuid primary key default gen_random_uuid(),
    email text not null unique,
    created_on date not null,
    plan text not null default 'self-hosted',
    plan_active boolean not null default true,
    servers_per_period integer not null default 10,
    period_start date not null,
    issued integer not null default 0,
    vault_version integer not null default 0,
    vault text
  );
  create table accounts.sessions (
    token_hash bytea primary key,
    account_id uuid not null references accounts.accounts (id) on delete cascade,
    expires_on date not null
  );
  create index sessions_account on accounts.sessions (account_id);
  create table accounts.codes (
    email_key bytea primary key,
    code_mac bytea not null,
    tries_left smallint not null,
    requested_on date not null
  );
  `,
  // The planner keeps samples of columns in its own tables, where they outlive the row: none of what names somebody.
  `
  alter table accounts.accounts
    alter id set statistics 0,
    alter email set statistics 0,
    alter vault set statistics 0;
  alter table accounts.sessions
    alter token_hash set statistics 0,
    alter account_id set statistics 0;
  alter table accounts.codes
    alter email_key set statistics 0,
    alter code_mac set statistics 0;
  `,
  // Several codes of an address live side by side.
  `
  drop table accounts.codes;
  create table accounts.codes (
    email_key bytea not null,
    number integer not null,
    code_mac bytea not null,
    tries_left smallint not null,
    requested_on date not null,
    primary key (email_key, number)
  );
  alter table accounts.codes
    alter email_key set statistics 0,
    alter code_mac set statistics 0;
  `,
];
