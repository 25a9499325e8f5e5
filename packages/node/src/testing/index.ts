export { TestPerson } from './test-person.ts';
export { findPostgres, POSTGRES_MISSING, PostgresServer } from '../store/postgres/testing/postgres-server.ts';
export { openPostgresStore } from '../store/postgres/open-postgres-store.ts';
export { nodeClock } from '../server/node-clock.ts';
