import { describe, expect, inject, it } from 'vitest';
import { AuditLogDocument, MeDocument, RevokeServerKeyDocument, UsersDocument } from '../generated/graphql.ts';
import { createData, startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { adminEnv, loginAdmin, registerUser } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

/** A call: when it began, and what became of it. */
interface Call {
  readonly began: number;
  readonly outcome: string;
}

/** Asks without a pause until it is stopped. */
function stream(key: KeyClient): { readonly calls: Call[]; stop(): Promise<void> } {
  const calls: Call[] = [];
  let isOver = false;
  const run = async () => {
    while (!isOver) {
      const began = performance.now();
      const outcome = codesOf(await key.execute(MeDocument, {})).join() || 'ok';
      calls.push({ began, outcome });
    }
  };
  const running = Promise.all([run(), run()]);
  return {
    calls,
    stop: async () => {
      isOver = true;
      await running;
    },
  };
}

/** Revokes a key while it is used at all nodes, and gives the calls that passed though they began later than so many milliseconds after that. */
async function revokeInUse(
  nodes: readonly TestApp[],
  ms: number,
): Promise<{ readonly passed: number; readonly late: readonly Call[]; readonly outcomes: ReadonlySet<string> }> {
  const [first] = nodes;
  const admin = await loginAdmin(present(first));
  const key = await keyClient(present(first), ['ACT'], admin);
  const person = await registerUser(present(first));
  const streams = nodes.flatMap((node) => [stream(key.at(node)), stream(key.at(node).actingAs(person))]);
  const calls = () => streams.flatMap((each) => each.calls);
  await expect.poll(() => streams.every((each) => each.calls.length > 20), { timeout: 30_000 }).toBe(true);
  await admin.ask(RevokeServerKeyDocument, { id: present(key.key).id });
  const revoked = performance.now();
  // Each stream goes on well past the time.
  await expect.poll(() => streams.every((each) => (each.calls.at(-1)?.began ?? 0) > revoked + ms + 2000), { timeout: 60_000 }).toBe(true);
  await Promise.all(streams.map((each) => each.stop()));
  return {
    passed: calls().filter(({ outcome }) => outcome === 'ok').length,
    late: calls().filter(({ began, outcome }) => began > revoked + ms && outcome !== 'TOKEN_INVALID'),
    outcomes: new Set(calls().map(({ outcome }) => outcome)),
  };
}

describe('a key that is revoked in the middle of a stream of calls', { timeout: 120_000 }, () => {
  it('passes at no node a second later', async () => {
    const data = await createData({ migrated: true });
    const nodes = [await startApp({ ...data, ...adminEnv }), await startApp({ ...data, ...adminEnv })];
    const { passed, late, outcomes } = await revokeInUse(nodes, 1000);
    expect(passed).toBeGreaterThan(80);
    expect(late).toEqual([]);
    expect([...outcomes].toSorted()).toEqual(['TOKEN_INVALID', 'ok']);
  });

  it('nor while Redis is away', async () => {
    const data = await createData({ migrated: true });
    const redis = await openProxy(present(inject('redisUrl')));
    const env = { ...data, ...adminEnv, REDIS_URL: redis.url };
    const nodes = [await startApp(env), await startApp(env)];
    await loginAdmin(present(nodes[0]));
    await redis.cut();
    const { passed, late } = await revokeInUse(nodes, 1000);
    expect(passed).toBeGreaterThan(80);
    expect(late).toEqual([]);
  });
});

it('a key that was just made is good at the other node, and two who revoke it at once leave one record', async () => {
  const data = await createData({ migrated: true });
  const [one, other] = [await startApp({ ...data, ...adminEnv }), await startApp({ ...data, ...adminEnv })];
  const admin = await loginAdmin(one);
  const key = await keyClient(one, ['READ'], admin);
  await key.at(other).ask(UsersDocument, {});
  const { id } = present(key.key);
  await Promise.all([admin, admin.at(other), admin, admin.at(other)].map((each) => each.ask(RevokeServerKeyDocument, { id })));
  const { auditLog } = await admin.ask(AuditLogDocument, { filter: { targetId: id } });
  expect(present(auditLog).edges.map(({ node }) => node.action)).toEqual(['serverKey.revoke', 'serverKey.create']);
});
