#!/bin/sh
set -e
mkdir -p /var/lib/postgresql/lab /run/postgresql
chown postgres: /var/lib/postgresql/lab /run/postgresql
runuser -u postgres -- /usr/lib/postgresql/15/bin/initdb -D /var/lib/postgresql/lab -A peer --no-sync >/dev/null 2>&1
printf "log_min_messages = panic\nlog_min_error_statement = panic\nlog_connections = off\nlog_checkpoints = off\nlog_autovacuum_min_duration = -1\nlogging_collector = off\n" >>/var/lib/postgresql/lab/postgresql.conf
runuser -u postgres -- /usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/lab >/dev/null 2>&1 </dev/null &
for try in 1 2 3 4 5 6 7 8 9 10; do runuser -u postgres -- psql -Xq -h /run/postgresql -c 'create database vpn' postgres >/dev/null 2>&1 && break; sleep 1; done
runuser -u postgres -- psql -Xq -v ON_ERROR_STOP=1 -h /run/postgresql vpn >/dev/null <<'END'
create table accounts (id uuid primary key, email_sealed bytea, paid_until date);
create table devices (id uuid primary key, account_id uuid, name_sealed bytea, public_key bytea, tunnel_address inet, created_on date);
create table servers (id uuid primary key, region text, address inet, lease_ends date);
create table plans (id int primary key, bandwidth int, price int);
END
