/** The PostgreSQL that Lethe runs itself where no DATABASE_URL names another. */

export { type Postgres, type PostgresOptions, startPostgres } from './postgres/instance.ts';
