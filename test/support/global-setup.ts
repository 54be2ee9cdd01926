import type { TestProject } from 'vitest/node';
import { makeDataFolder, missingServices, startPrivateServices } from './private-services.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** On what the current project runs its servers. */
    backend: 'embedded' | 'services';
    /** For the data of the servers of this run. */
    dataFolder: string;
    /** The tests' own MariaDB, without a database; null where it is not installed. */
    mysqlUrl: string | null;
    /** The tests' own Redis; null where it is not installed. */
    redisUrl: string | null;
    /** The tests' own Redis Cluster of three servers; null where Redis is not installed. */
    redisClusterUrl: string | null;
  }
}

/** Makes a place for data, and starts the services once for the whole run, where this machine has them. Gives what ends both. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data = makeDataFolder();
  project.provide('dataFolder', data.path);
  const services = missingServices().length === 0 ? await startPrivateServices() : null;
  project.provide('mysqlUrl', services?.mysqlUrl ?? null);
  project.provide('redisUrl', services?.redisUrl ?? null);
  project.provide('redisClusterUrl', services?.redisClusterUrl ?? null);
  return async () => {
    await Promise.all([services?.stop(), data.stop()]);
  };
}
