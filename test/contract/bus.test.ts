import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, inject, it, vi } from 'vitest';
import { createMemoryBus } from '../../src/platform/bus.memory.ts';
import { createRedisBus } from '../../src/platform/bus.redis.ts';
import type { Bus, Topics } from '../../src/platform/bus.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { openProxy } from '../support/proxy.ts';
import { createQueue } from '../support/queue.ts';
import { openRedis } from '../support/redis.ts';

type UserMessage = Topics['user:1'];

const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');
const freshPrefix = () => `test-${randomUUID()}:`;

async function redisBus(prefix: string, url = redisUrl ?? '', timeoutMs = 20_000): Promise<Bus> {
  const redis = await openRedis({ url, prefix, timeoutMs });
  const bus = createRedisBus(redis);
  closeLater(() => bus.close());
  return bus;
}

/** Two buses that hear each other; in memory they are the same one. */
const implementations: { name: string; there: boolean; make: () => Promise<[Bus, Bus]> }[] = [
  {
    name: 'memory',
    there: true,
    make: async () => {
      const bus = createMemoryBus();
      return [bus, bus];
    },
  },
  {
    name: 'redis',
    there: redisUrl !== null,
    make: async () => {
      const prefix = freshPrefix();
      return [await redisBus(prefix), await redisBus(prefix)];
    },
  },
  {
    name: 'a redis cluster',
    there: clusterUrl !== null,
    make: async () => {
      const prefix = freshPrefix();
      return [await redisBus(prefix, clusterUrl ?? ''), await redisBus(prefix, clusterUrl ?? '')];
    },
  },
];

const bell = (rev: number) => ({ kind: 'BELL', logId: 1, rev }) as const;
const revOf = (message: UserMessage) => (message.kind === 'BELL' ? message.rev : null);

describe.each(implementations.filter(({ there }) => there))('the bus in $name', ({ make }) => {
  it('carries a message to every listener of its channel on every node, the sender included', async () => {
    const [here, there] = await make();
    const heard = [createQueue<UserMessage>('one here'), createQueue<UserMessage>('another here'), createQueue<UserMessage>('one there')] as const;
    await Promise.all([here.subscribe('user:1', heard[0].push), here.subscribe('user:1', heard[1].push), there.subscribe('user:1', heard[2].push)]);
    here.publish('user:1', bell(7));
    for (const queue of heard) expect(await queue.next()).toEqual(bell(7));
  });

  it('carries nothing into another channel', async () => {
    const [here, there] = await make();
    const heard = createQueue<UserMessage>('user:2');
    await there.subscribe('user:2', heard.push);
    here.publish('user:1', bell(1));
    here.publish('user:2', bell(2));
    expect(revOf(await heard.next())).toBe(2);
  });

  it('has a subscription that hears from the moment on which it resolves', async () => {
    const [here, there] = await make();
    for (let round = 0; round < 20; round += 1) {
      const heard = createQueue<UserMessage>(`round ${round}`);
      await there.subscribe(`user:${round}`, heard.push);
      here.publish(`user:${round}`, bell(round));
      expect(revOf(await heard.next())).toBe(round);
    }
  });

  it('tells nothing to whoever has unsubscribed, and goes on telling the others', async () => {
    const [here, there] = await make();
    const [gone, stays] = [createQueue<UserMessage>('the one that left'), createQueue<UserMessage>('the one that stays')];
    const unsubscribe = await there.subscribe('user:1', gone.push);
    await there.subscribe('user:1', stays.push);
    unsubscribe();
    unsubscribe();
    here.publish('user:1', bell(1));
    expect(revOf(await stays.next())).toBe(1);
    expect(gone.all()).toEqual([]);
  });

  it('ends subscribed where somebody comes while the last one is leaving', async () => {
    const [here, there] = await make();
    for (let round = 0; round < 20; round += 1) {
      const heard = createQueue<UserMessage>(`round ${round}`);
      const leaving = await there.subscribe('user:1', () => {});
      const coming = [there.subscribe('user:1', () => {}), there.subscribe('user:1', () => {})];
      leaving();
      for (const other of coming) (await other)();
      const last = await there.subscribe('user:1', heard.push);
      here.publish('user:1', bell(round));
      expect(revOf(await heard.next())).toBe(round);
      last();
    }
  });

  it('keeps two listeners apart that are the same function', async () => {
    const [here] = await make();
    const heard = createQueue<UserMessage>('both');
    const first = await here.subscribe('user:1', heard.push);
    await here.subscribe('user:1', heard.push);
    first();
    here.publish('user:1', bell(1));
    here.publish('user:1', bell(2));
    expect([revOf(await heard.next()), revOf(await heard.next())]).toEqual([1, 2]);
  });

  it('answers when it is asked', async () => {
    const [here] = await make();
    await expect(here.ping()).resolves.toBeUndefined();
  });
});

describe.skipIf(redisUrl === null)('the bus in redis, when Redis goes away', () => {
  it('hears everything again when it is back, and says so once it does', async () => {
    const prefix = freshPrefix();
    const proxy = await openProxy(redisUrl ?? '');
    const [here, there] = [await redisBus(prefix), await redisBus(prefix, proxy.url, 500)];
    const heard = createQueue<UserMessage>('user:1');
    const restored = createQueue<null>('onRestored');
    await there.subscribe('user:1', heard.push);
    there.onRestored(() => restored.push(null));

    proxy.breakOnce();
    await restored.next();
    here.publish('user:1', bell(1));
    expect(revOf(await heard.next())).toBe(1);

    await proxy.cut();
    const during = createQueue<UserMessage>('user:2, subscribed while Redis was away');
    await there.subscribe('user:2', during.push);
    await proxy.mend();
    await restored.next();
    here.publish('user:1', bell(2));
    here.publish('user:2', bell(3));
    expect([revOf(await heard.next()), revOf(await during.next())]).toEqual([2, 3]);
  });

  it('never throws or hangs while it is away', async () => {
    const proxy = await openProxy(redisUrl ?? '');
    const bus = await redisBus(freshPrefix(), proxy.url, 500);
    const unsubscribe = await bus.subscribe('user:1', () => {});
    await proxy.cut();
    bus.publish('user:1', bell(1));
    await expect(bus.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    (await bus.subscribe('user:2', () => {}))();
    unsubscribe();
    bus.publish('user:1', bell(2));
    await expect(bus.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('can be made while it is away, and hears when it comes', async () => {
    const prefix = freshPrefix();
    const proxy = await openProxy(redisUrl ?? '');
    await proxy.cut();
    const [here, there] = [await redisBus(prefix), await redisBus(prefix, proxy.url, 500)];
    const heard = createQueue<UserMessage>('user:1');
    const restored = createQueue<null>('onRestored');
    there.onRestored(() => restored.push(null));
    await there.subscribe('user:1', heard.push);
    await proxy.mend();
    await restored.next();
    here.publish('user:1', bell(1));
    expect(revOf(await heard.next())).toBe(1);
  });

  it('leaves a Redis that takes connections and does not answer, and comes back', async () => {
    const prefix = freshPrefix();
    const proxy = await openProxy(redisUrl ?? '');
    const [here, there] = [await redisBus(prefix), await redisBus(prefix, proxy.url, 500)];
    const heard = createQueue<UserMessage>('user:1');
    const restored = createQueue<null>('onRestored');
    there.onRestored(() => restored.push(null));
    await there.subscribe('user:1', heard.push);
    proxy.freeze();
    await expect(there.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await there.subscribe('user:2', () => {});
    proxy.breakOnce();
    proxy.thaw();
    await restored.next();
    here.publish('user:1', bell(1));
    expect(revOf(await heard.next())).toBe(1);
  });

  it('ignores what is no message of the channel', async () => {
    const prefix = freshPrefix();
    const bus = await redisBus(prefix);
    const redis = await openRedis({ prefix });
    const heard = createQueue<UserMessage>('user:1');
    await bus.subscribe('user:1', heard.push);
    const foreign = [
      '',
      '{',
      'null',
      '"BELL"',
      '{"kind":"BELL"}',
      '{"kind":"BELL","logId":"1","rev":1}',
      '{"kind":"PRESENCE","userId":1}',
      '{"kind":"__proto__"}',
    ];
    for (const text of [...foreign, JSON.stringify(bell(1))]) await redis.client.spublish(`${prefix}user:1`, text);
    expect(await heard.next()).toEqual(bell(1));
  });

  it('is subscribed only to what somebody needs', async () => {
    const prefix = freshPrefix();
    const bus = await redisBus(prefix);
    const redis = await openRedis({ prefix });
    const channels = async () => await redis.client.call('PUBSUB', 'SHARDCHANNELS', `${prefix}*`);
    const both = await Promise.all([bus.subscribe('user:1', () => {}), bus.subscribe('user:1', () => {})]);
    expect(await channels()).toEqual([`${prefix}user:1`]);
    for (const unsubscribe of both) unsubscribe();
    // Redis obeys a connection in order: when the second channel is there, the first one is gone.
    await bus.subscribe('user:2', () => {});
    expect(await channels()).toEqual([`${prefix}user:2`]);
  });
});

describe.skipIf(clusterUrl === null)('the bus in a redis cluster, when the cluster changes', () => {
  async function twoBuses() {
    const prefix = freshPrefix();
    const [here, there] = [await redisBus(prefix, clusterUrl ?? ''), await redisBus(prefix, clusterUrl ?? '')];
    const redis = await openRedis({ url: clusterUrl ?? '', prefix });
    if (!(redis.client instanceof Cluster)) throw new Error('a cluster');
    const restored = createQueue<null>('onRestored');
    there.onRestored(() => restored.push(null));
    return { prefix, here, there, redis, masters: redis.client.nodes('master'), restored };
  }

  it('has its channels on all shards, and hears those of one that broke its connections again', async () => {
    const { prefix, here, there, redis, masters, restored } = await twoBuses();
    const channels = Array.from({ length: 60 }, (_, index) => `user:${index}` as const);
    const heard = createQueue<UserMessage>('sixty channels');
    await Promise.all(channels.map((channel) => there.subscribe(channel, heard.push)));
    expect(new Set(channels.map((channel) => redis.shardOf(prefix + channel))).size).toBe(masters.length);
    await present(masters[1]).call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await restored.next();
    for (const [index, channel] of channels.entries()) here.publish(channel, bell(index));
    const revs = await Promise.all(channels.map(async () => revOf(await heard.next())));
    expect(new Set(revs)).toEqual(new Set(channels.keys()));
  });

  it('follows a channel whose slot goes to another shard, and says that something may have been missed', async () => {
    const { prefix, here, there, redis, masters, restored } = await twoBuses();
    const isAt = (shard: string | null) => masters.find(({ options }) => `${options.host}:${options.port}` === shard);
    const placeOf = (channel: `user:${number}`) => ({ channel, slot: redis.slotOf(prefix + channel), from: present(isAt(redis.shardOf(prefix + channel))) });
    const holdsKeys = async ({ slot, from }: ReturnType<typeof placeOf>) => Number(await from.call('CLUSTER', 'COUNTKEYSINSLOT', slot)) > 0;
    // Other tests have keys in this cluster, and a slot with keys cannot be given away like this.
    let user = 1;
    while (await holdsKeys(placeOf(`user:${user}`))) user += 1;
    const { channel, slot, from } = placeOf(`user:${user}`);
    const heard = createQueue<UserMessage>(channel);
    await there.subscribe(channel, heard.push);
    const to = present(masters.find((master) => master !== from));
    const move = async (receiver: typeof to) => {
      const id = String(await receiver.call('CLUSTER', 'MYID'));
      // The receiver first: it must know that the slot is its own before others ask it.
      for (const master of [receiver, ...masters.filter((other) => other !== receiver)]) await master.call('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    };
    closeLater(() => move(from));
    await move(to);
    await restored.next();
    here.publish(channel, bell(5));
    expect(revOf(await heard.next())).toBe(5);
  });
});

describe.runIf(redisUrl !== null)('a bus in redis whose connection has ended and does not know it yet', () => {
  it('lets the event loop hear of the end: what is refused at once is not asked for again at once', async () => {
    const redis = await openRedis({ prefix: freshPrefix() });
    const refused = vi.spyOn(Redis.prototype, 'ssubscribe').mockImplementation(() => Promise.reject(new Error("Stream isn't writeable")));
    closeLater(async () => refused.mockRestore());
    const bus = createRedisBus(redis);
    closeLater(() => bus.close());
    await expect.poll(() => bus.ping().then(() => true)).toBe(true);
    const subscribed = bus.subscribe('user:1', () => {});
    await sleep(200);
    const asked = refused.mock.calls.length;
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(20);
    refused.mockRestore();
    await subscribed;
    await bus.ping();
  });
});
