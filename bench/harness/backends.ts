import type { Row } from './results.ts';
import { createScene, type Scene } from './scene.ts';
import { startServices } from './services.ts';

/** Asks a question on SQLite and memory, then on MariaDB and Redis, each on data of its own. */
export async function onBothBackends(ask: (where: string, scene: Scene) => Promise<Row[]>): Promise<Row[]> {
  const embedded = await createScene();
  const rows = await ask('SQLite and memory', embedded);
  await embedded.close();
  const services = await startServices();
  const shared = await createScene(services);
  rows.push(...(await ask('MariaDB and Redis', shared)));
  await shared.close();
  await services.stop();
  return rows;
}
