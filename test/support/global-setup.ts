import type { TestProject } from 'vitest/node';
import { missingServices, startPrivateServices } from './private-services.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** On what the current project runs its servers. */
    backend: 'embedded' | 'services';
    /** The tests' own MariaDB, without a database; null where it is not installed. */
    mysqlUrl: string | null;
    /** The tests' own Redis; null where it is not installed. */
    redisUrl: string | null;
    /** The tests' own Redis Cluster of three servers; null where Redis is not installed. */
    redisClusterUrl: string | null;
  }
}

/** Starts the services once for the whole run, where this machine has them. Gives what stops them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = missingServices().length === 0 ? await startPrivateServices() : null;
  project.provide('mysqlUrl', services?.mysqlUrl ?? null);
  project.provide('redisUrl', services?.redisUrl ?? null);
  project.provide('redisClusterUrl', services?.redisClusterUrl ?? null);
  return async () => {
    await services?.stop();
  };
}
