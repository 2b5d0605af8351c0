// One PostgreSQL for all desks of a run: each test file asks it for databases (test-database.ts).
import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** `postgres://postgres@127.0.0.1:PORT` of the run's server, without a database. */
    postgres: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide("postgres", `postgres://postgres@127.0.0.1:${server.port}`);
  return () => server.remove();
}
