/** The PostgreSQL instances that Lethe runs itself where no DATABASE_URL names another. */

export { type Databases, startDatabases } from './postgres/databases.ts';
export { type Postgres, type PostgresOptions, startPostgres } from './postgres/instance.ts';
