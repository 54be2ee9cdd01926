import { AppError } from '../kernel/errors.ts';
import { createPresenceMarks } from './presence-marks.redis.ts';
import { keptMs, type PresenceStore } from './presence-store.ts';
import { type RedisServer, usefulOnly } from './redis.ts';

// `online:nodes`, a sorted set: the members are names of nodes, the scores the ends of their leases by Redis's own clock, so that the clocks of the
// nodes do not matter; `claim:<name>` beside a name that is over says until when somebody is taking its people out.
// `online:<userId>`, a sorted set: the members are the nodes on which the user is.
// `online:at:<name>`, a set: the users on a node, by which they are told of when it dies.
// `online:changes`, a stream: who came and who went.
// One key a script, and no stored scripts: a Redis that lost everything needs no preparing.
//
// Beside nodes of 0.1.0, which know no nodes: in `online:<userId>` they keep a member for each connection, with the end of its lease as score, and
// count what has a score in the future. So the score of a node is a day ahead, and they see its people until it, or whoever finds it dead, takes
// them out; where nobody is left to do that, until the day is over. Their own members count here as they do there. They write nothing into the
// list of changes, so while one of their members was seen lately, anybody may have changed, and whoever watches looks as often as they do.

const clock = `${usefulOnly}local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) `;
const alive = `redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')`;
/** ARGV: name, milliseconds. Gives the names that count. */
const openScript = `${clock}redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ${keptMs})
return ${alive}`;
/** ARGV: name, milliseconds, those of a claim. Gives whether the lease was there still, the names that are over and free, and those that count. */
const renewScript = `${clock}local held = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) > now
if held then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ${keptMs})
end
local over = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  local claim = 'claim:' .. name
  if name ~= ARGV[1] and string.sub(name, 1, 6) ~= 'claim:' and tonumber(redis.call('ZSCORE', KEYS[1], claim) or 0) <= now then
    redis.call('ZADD', KEYS[1], now + ARGV[3], claim)
    over[#over + 1] = name
  end
end
return {held and 1 or 0, over, ${alive}}`;
/** Of the nodes, or of the members of a user's set: those that count. */
const aliveScript = `${clock}return ${alive}`;
const prune = `redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now) `;
/** ARGV: name, former names. Gives all members of before. */
const enterScript = `${clock}${prune}local before = redis.call('ZRANGE', KEYS[1], 0, -1)
redis.call('ZADD', KEYS[1], now + ${keptMs}, ARGV[1])
for i = 2, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i]) end
redis.call('PEXPIREAT', KEYS[1], redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2])
return before`;
/** ARGV: names. Gives all members that are left. */
const leaveScript = `${clock}${prune}redis.call('ZREM', KEYS[1], unpack(ARGV))
return redis.call('ZRANGE', KEYS[1], 0, -1)`;
/** ARGV: users. */
const listScript = `${usefulOnly}redis.call('SADD', KEYS[1], unpack(ARGV))
redis.call('PEXPIRE', KEYS[1], ${keptMs})`;
const peopleScript = `${usefulOnly}return redis.call('SMEMBERS', KEYS[1])`;
/** ARGV: users with commas between, or `everybody`; most entries. */
const tellScript = `${usefulOnly}redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'users', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ${keptMs})`;
const endScript = `${usefulOnly}return redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)`;
/** ARGV: the id from which on, it included. */
const sinceScript = `${usefulOnly}return redis.call('XRANGE', KEYS[1], ARGV[1], '+')`;

/** Commands in one batch: Redis serves others between two batches. */
const batchSize = 500;

/** Entries of the list of changes that are kept, some 300 kB: whoever is further behind looks at everybody. */
const mostChanges = 10_000;

/** How long whoever was told of a node that is over has for taking its people out, in milliseconds. */
const claimMs = 5000;

/** How long after a member of an older node was seen anybody may have changed, in milliseconds: longer than those who watch wait between two looks. */
const olderMs = 60_000;

/** Begins the name of every node in Redis; a connection of an older node is a UUID. */
const nodeTag = 'node:';

/** Where the list of changes ends while there is nothing in it. */
const nowhere = '-';

interface Call {
  readonly key: string;
  readonly values: readonly (string | number)[];
}

/** Who is connected, in Redis, for all nodes. */
export function createRedisPresenceStore(redis: RedisServer): PresenceStore {
  const { client } = redis;
  const keyOf = (what: string | number) => `${redis.prefix}online:${what}`;
  const listOf = (node: string) => keyOf(`at:${node}`);
  const [nodesKey, changesKey] = [keyOf('nodes'), keyOf('changes')];
  const unavailable = () => Promise.reject(new AppError('UNAVAILABLE'));
  const marks = createPresenceMarks(redis, nodesKey);
  /** The names that counted when they were read last. */
  let living: ReadonlySet<string> = new Set();
  let olderUntil = 0;

  async function evaluate(script: string, key: string, ...values: readonly (string | number)[]): Promise<unknown> {
    return await client.eval(script, 1, key, ...values).catch(unavailable);
  }

  /** Runs one script for each key, and gives the answers in order. All batches are written in this turn: what is sent later happens later. */
  async function run(script: string, calls: readonly Call[]): Promise<string[][]> {
    const answers: string[][] = [];
    const batches: Promise<void>[] = [];
    // A batch goes to one shard.
    const shards = Map.groupBy(calls.entries(), ([, { key }]) => redis.shardOf(key));
    for (const all of shards.values()) {
      for (let start = 0; start < all.length; start += batchSize) {
        const part = all.slice(start, start + batchSize);
        const batch = client.pipeline();
        for (const [, { key, values }] of part) batch.eval(script, 1, key, ...values);
        batches.push(
          batch.exec().then((replies) => {
            for (const [place, [index]] of part.entries()) {
              const [error, result] = replies?.[place] ?? [new Error('no answer')];
              if (error) throw error;
              answers[index] = textsOf(result);
            }
          }),
        );
      }
    }
    await Promise.all(batches).catch(unavailable);
    return answers;
  }

  const inBatches = (userIds: readonly number[]) =>
    Array.from({ length: Math.ceil(userIds.length / batchSize) }, (_, index) => userIds.slice(index * batchSize, (index + 1) * batchSize));

  async function readLiving(): Promise<void> {
    living = new Set(textsOf(await evaluate(aliveScript, nodesKey)));
  }

  const isNode = (member: string) => member.startsWith(nodeTag);
  const isLiving = (member: string) => living.has(member.slice(nodeTag.length));

  /** Whether a member of a user's set counts, as far as is known. */
  function counts(member: string): boolean {
    if (isNode(member)) return isLiving(member);
    olderUntil = performance.now() + olderMs;
    return true;
  }

  const named = (nodes: readonly string[]) => nodes.map((node) => nodeTag + node);

  /** Those users who are on no other node than these. A node that has died since the last renewal may count still. */
  async function alone(userIds: readonly number[], members: readonly string[][], own: readonly string[]): Promise<ReadonlySet<number>> {
    const mine = named(own);
    const others = members.map((all) => all.filter((member) => !mine.includes(member)));
    // One that is not known may have begun since.
    if (others.some((all) => all.some((member) => isNode(member) && !isLiving(member)))) await readLiving();
    return new Set(userIds.filter((_, index) => !others[index]?.some(counts)));
  }

  return {
    async open(node, leaseMs) {
      await marks.remember().catch(unavailable);
      living = new Set(textsOf(await evaluate(openScript, nodesKey, node, leaseMs)));
    },
    async renew(node, leaseMs) {
      const [answer, complete] = await Promise.all([evaluate(renewScript, nodesKey, node, leaseMs, claimMs), marks.areUnchanged().catch(unavailable)]);
      const [held, over, alive] = Array.isArray(answer) ? answer : [];
      living = new Set(textsOf(alive));
      return { held: Number(held) === 1 && complete, over: textsOf(over) };
    },
    async enter(node, former, userIds) {
      // The list first: whoever is in no list is told of by nobody when the node dies.
      const listed = Promise.all(inBatches(userIds).map((some) => evaluate(listScript, listOf(node), ...some)));
      const values = named([node, ...former]);
      const [before] = await Promise.all([
        run(
          enterScript,
          userIds.map((userId) => ({ key: keyOf(userId), values })),
        ),
        listed,
      ]);
      return await alone(userIds, before, [node, ...former]);
    },
    async leave(nodes, userIds) {
      const values = named(nodes);
      const left = await run(
        leaveScript,
        userIds.map((userId) => ({ key: keyOf(userId), values })),
      );
      return await alone(userIds, left, nodes);
    },
    async tell(userIds) {
      await evaluate(tellScript, changesKey, userIds?.join() ?? 'everybody', mostChanges);
    },
    async unlist(node, userIds) {
      await Promise.all(inBatches(userIds).map((some) => client.srem(listOf(node), ...some).catch(unavailable)));
    },
    peopleOf: async (node) => textsOf(await evaluate(peopleScript, listOf(node))).map(Number),
    async close(node) {
      await Promise.all([client.zrem(nodesKey, node, `claim:${node}`), client.unlink(listOf(node))]).catch(unavailable);
    },
    async changes(after) {
      const asked = after === null ? evaluate(endScript, changesKey) : evaluate(sinceScript, changesKey, after);
      const entries = entriesOf(await asked);
      const place = entries.at(-1)?.id ?? nowhere;
      // An entry that is gone means that others may be: the list was lost, or is shorter than what one is behind.
      const isWhole = after === nowhere || (after !== null && entries[0]?.id === after);
      const told = entries.filter(({ id }) => id !== after).flatMap(({ users }) => users);
      if (!isWhole || told.includes('everybody') || performance.now() < olderUntil) return { place, userIds: null };
      return { place, userIds: [...new Set(told.map(Number))] };
    },
    async online(userIds) {
      try {
        const members = await run(
          aliveScript,
          userIds.map((userId) => ({ key: keyOf(userId), values: [] })),
        );
        // Afterwards: a node that takes another name keeps the one of before for longer than this takes, so one of the two counts.
        if (members.some((all) => all.some(isNode))) await readLiving();
        return new Map(userIds.map((userId, index) => [userId, members[index]?.some(counts) ?? false]));
      } catch {
        return null;
      }
    },
  };
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Entries of a stream, as Redis gives them: an id, then names and values in turn. */
function entriesOf(value: unknown): { readonly id: string; readonly users: readonly string[] }[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown) => {
    const [id, fields] = Array.isArray(entry) ? entry : [];
    return { id: String(id), users: (textsOf(fields)[1] ?? '').split(',') };
  });
}
