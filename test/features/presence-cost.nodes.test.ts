import { expect, it } from 'vitest';
import { createFolder, createRedisServer } from '../chaos/servers.ts';
import { PresenceDocument } from '../generated/graphql.ts';
import { createData, startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { insertUsers, openTables } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerUser, registerVisitor } from '../support/people.ts';

/** Most that may be watched by one subscription. */
const atOnce = 100;

/** What nobody has asked for: connections that look after themselves, and this test. */
const background = new Set(['ping', 'info', 'set', 'hello', 'auth', 'select', 'client|setinfo', 'cluster|slots']);

async function openRedis() {
  const folder = createFolder();
  closeLater(folder.remove);
  const redis = await createRedisServer(folder.path);
  closeLater(redis.program.retire);
  await redis.start();
  /** How often each command was run, by scripts too. */
  const counts = async (): Promise<ReadonlyMap<string, number>> => {
    const text = await redis.use(async (client) => await client.info('commandstats'));
    return new Map([...text.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name = '', calls]) => [name, Number(calls)]));
  };
  return { url: redis.url, counts };
}

it('costs Redis the same, however many people are watched and however many are there, while nobody comes or goes', { timeout: 120_000 }, async () => {
  const redis = await openRedis();
  const env = { ...adminEnv, PRESENCE_GRACE_SECONDS: '0.4', PRESENCE_LEASE_SECONDS: '60', PRESENCE_RENEW_SECONDS: '1', REDIS_URL: redis.url };
  const app = await startApp({ ...(await createData()), ...env });
  const viewer = await registerUser(app);
  const witness = await registerAgent(await loginAdmin(app));
  const crowd: Person[] = [];
  while (crowd.length < 50) crowd.push(await registerVisitor(app));
  const strangers = (await insertUsers(await openTables(app), 10_000)).map(({ uuid }) => uuid);

  const watch = async (userIds: readonly string[]) => {
    const sockets = [viewer.socket(), viewer.socket(), viewer.socket()];
    for (let start = 0; start < userIds.length; start += atOnce) {
      const some = userIds.slice(start, start + atOnce);
      const events = present(sockets[Math.floor(start / 4000)]).subscribe(PresenceDocument, { userIds: some });
      for (const _ of some) await events.next();
    }
  };

  const reads = async () => (await redis.counts()).get('xrange') ?? 0;
  /** Lets those who watch look as often as that. Each looks into the list of changes once, and the node renews its lease twice meanwhile. */
  const beats = async (count: number) => {
    const from = await reads();
    await expect.poll(reads, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(from + count);
  };
  /** What six beats cost: commands, by name. */
  const costOfBeats = async () => {
    // What has just happened is told and looked at.
    await beats(3);
    const before = await redis.counts();
    await beats(6);
    const after = await redis.counts();
    const cost = [...after].map(([name, calls]): [string, number] => [name, calls - (before.get(name) ?? 0)]);
    return new Map(cost.filter(([name, calls]) => calls > 0 && !background.has(name)));
  };

  await watch(crowd.slice(0, 10).map(({ user }) => user.id));
  const ofTen = await costOfBeats();
  await watch([...crowd.slice(10).map(({ user }) => user.id), ...strangers]);
  // Some are there, with two tabs each.
  for (const person of crowd) await Promise.all([person.socket().connected(), person.socket().connected()]);
  const ofAll = await costOfBeats();
  expect([...ofAll.keys()].toSorted()).toEqual([...ofTen.keys()].toSorted());
  // A look at the list of changes in each beat, and nothing else that is more often than the lease is renewed: three scripts for a beat.
  const [scripts = 0, looks = 0] = [ofAll.get('eval'), ofAll.get('xrange')];
  expect(looks).toBeLessThanOrEqual(8);
  expect(scripts - looks).toBeLessThanOrEqual(3 * looks);
  // A beat more or less may fall between two counts.
  for (const [name, calls] of ofAll) expect(Math.abs(calls - (ofTen.get(name) ?? 0)), name).toBeLessThanOrEqual(6);
  // And it is no deaf ear: whoever comes now is told.
  const seen = viewer.socket().subscribe(PresenceDocument, { userIds: [witness.user.id] });
  expect((await seen.next()).presence.presence).toBe('OFFLINE');
  const other = witness.socket();
  await other.connected();
  expect((await seen.next()).presence.presence).toBe('ONLINE');
  await other.close();
  expect((await seen.next()).presence.presence).toBe('OFFLINE');
});
