import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { AppError } from '../kernel/errors.ts';
import { type Bus, isMessageOf } from './bus.ts';
import { type RedisLogger, type RedisServer, untilReady } from './redis.ts';

/** A channel that somebody on this node needs. */
interface Topic {
  readonly listeners: Set<(message: unknown) => void>;
  /** Whether its shard has confirmed the subscription on the present connection. */
  heard: boolean;
  /** Called once, when it does. */
  readonly waiting: Set<() => void>;
  /** Where it is listened to; null while nobody knows which shard holds it. */
  ear: Ear | null;
}

/** The connection on which the channels of one shard are heard. */
interface Ear {
  readonly connection: Redis;
  readonly topics: Map<string, Topic>;
  awaySince: number | null;
  /** Something that was published since the carrier was there last may not have been heard. */
  missed: boolean;
  /** Channels that became wanted just now: whoever is in 500 conversations asks for all of them at once. */
  fresh: Map<string, Topic> | null;
}

/** Channels in one SSUBSCRIBE after a reconnect: large enough to be quick, small enough not to hold Redis up. */
const channelsAtOnce = 500;

/** How long to wait before a subscription is asked for again that was not answered, in milliseconds. */
const againMs = 25;

/**
 * A bus over sharded publish and subscribe of Redis 7 (https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub), of one server or of a
 * cluster, in which a channel lives where its name hashes to. A channel is subscribed while somebody on this node listens to it; a message is
 * decoded once for all of them.
 */
export function createRedisBus(redis: RedisServer, logger?: RedisLogger): Bus {
  const { client: publisher, prefix, timeoutMs } = redis;
  const topics = new Map<string, Topic>();
  const ears = new Map<string, Ear>();
  const restored = new Set<() => void>();
  const nowhereSince = performance.now();
  let closed = false;

  // Redis obeys one connection in order. SSUBSCRIBE and SUNSUBSCRIBE are written in the same turn in which they become wanted, so the last
  // wish wins, however many of both are under way.
  async function listenTo(ear: Ear, wanted: ReadonlyMap<string, Topic>): Promise<void> {
    // In a cluster the channels of one command must share their slot.
    const slots = Map.groupBy(wanted, ([name]) => redis.slotOf(prefix + name));
    const parts: Promise<void>[] = [];
    for (const all of slots.values())
      for (let start = 0; start < all.length; start += channelsAtOnce) parts.push(listenToSome(ear, new Map(all.slice(start, start + channelsAtOnce))));
    await Promise.all(parts);
  }

  /** Still in this turn, with all others that become wanted in it and are wanted then. */
  function listenSoon(ear: Ear, name: string, topic: Topic): void {
    if (!ear.fresh) {
      ear.fresh = new Map();
      queueMicrotask(() => {
        const wanted = [...(ear.fresh ?? [])].filter(([channel, each]) => topics.get(channel) === each && each.ear === ear);
        ear.fresh = null;
        if (wanted.length > 0) void listenTo(ear, new Map(wanted));
      });
    }
    ear.fresh.set(name, topic);
  }

  async function listenToSome(ear: Ear, wanted: ReadonlyMap<string, Topic>): Promise<void> {
    try {
      await ear.connection.ssubscribe(...[...wanted.keys()].map((name) => prefix + name));
      for (const topic of wanted.values()) if (topic.ear === ear) confirm(topic);
    } catch (error) {
      // Where the connection broke, the next one subscribes everything anew.
      if (ear.connection.status !== 'ready' || !(error instanceof Error)) return;
      if (error.name === 'ReplyError') {
        // Of a cluster that is changing: what it says next time tells where the channel is now.
        if (/^(MOVED|CLUSTERDOWN|TRYAGAIN|ASK)/.test(error.message)) redis.look();
        else logger?.warn({ reason: error.message }, 'Redis refuses to subscribe; Redis 7 or newer is needed');
        return;
      }
      // It took too long, or the connection has just ended: that is refused at once, and this process hears of the end in a later turn only.
      await sleep(againMs);
      if (ear.connection.status !== 'ready') return;
      // Nobody knows whether it was heard, and asking again does no harm.
      const open = new Map([...wanted].filter(([name, topic]) => topics.get(name) === topic && topic.ear === ear && !topic.heard));
      if (open.size > 0) await listenToSome(ear, open);
    }
  }

  function confirm(topic: Topic): void {
    topic.heard = true;
    for (const resolve of topic.waiting) resolve();
    topic.waiting.clear();
  }

  function leave(name: string, { ear }: Topic): void {
    topics.delete(name);
    ear?.topics.delete(name);
    if (ear?.connection.status === 'ready') ear.connection.sunsubscribe(prefix + name).catch(() => {});
  }

  /** Listens to all of these that are not heard yet, then says that what was missed can be looked for. */
  function listenAgain(ear: Ear): void {
    if (ear.connection.status !== 'ready') return;
    // After the confirmations: whoever looks because of this call must not miss what is published right after its look.
    void listenTo(ear, new Map([...ear.topics].filter(([, { heard }]) => !heard))).then(() => {
      if (!ear.missed || ear.awaySince !== null || [...ear.topics.values()].some(({ heard }) => !heard)) return;
      ear.missed = false;
      for (const listener of [...restored]) listener();
    });
  }

  function createEar(shard: string): Ear {
    const connection = redis.another(shard);
    const ear: Ear = { connection, topics: new Map(), awaySince: performance.now(), missed: false, fresh: null };
    connection.on('ready', () => {
      ear.awaySince = null;
      listenAgain(ear);
    });
    connection.on('close', () => {
      ear.awaySince ??= performance.now();
      ear.missed = true;
      for (const topic of ear.topics.values()) topic.heard = false;
    });
    connection.on('smessage', (channel: string, text: string) => {
      const topic = topics.get(channel.slice(prefix.length));
      if (!topic) return;
      const message = parse(text);
      for (const listener of [...topic.listeners]) listener(message);
    });
    // A slot has gone to another shard, which has not been asked to tell anything yet.
    connection.on('moved', () => redis.look());
    return ear;
  }

  /** Puts a channel to the shard that holds it now. */
  function place(name: string, topic: Topic): void {
    const shard = redis.shardOf(prefix + name);
    const ear = (shard === null ? null : ears.get(shard)) ?? null;
    if (ear === topic.ear) return;
    // A channel that moves may have missed something on the way; one that is new cannot.
    if (topic.ear && ear) ear.missed = true;
    topic.ear?.topics.delete(name);
    ear?.topics.set(name, topic);
    topic.ear = ear;
    topic.heard = false;
  }

  /** One ear for each shard, and each channel at the right one. */
  function arrange(): void {
    if (closed) return;
    const shards = redis.shards();
    for (const shard of shards) if (!ears.has(shard)) ears.set(shard, createEar(shard));
    for (const [name, topic] of topics) place(name, topic);
    for (const [shard, ear] of ears) {
      if (!shards.includes(shard)) {
        ears.delete(shard);
        ear.connection.disconnect();
      } else if ([...ear.topics.values()].some(({ heard }) => !heard)) listenAgain(ear);
    }
  }
  arrange();
  redis.onLook(arrange);
  redis.onMoved(() => {
    for (const { connection } of ears.values()) connection.disconnect(true);
  });

  // A subscriber only listens and would never notice that the other end is gone.
  const pulse = setInterval(() => {
    for (const { connection } of ears.values()) if (connection.status === 'ready') connection.ping().catch(() => {});
  }, timeoutMs);
  pulse.unref();

  /** How much longer to wait for Redis, in milliseconds: who comes when it has been away for long does not wait at all. */
  const patienceFor = (ear: Ear | null) => {
    const since = ear ? ear.awaySince : nowhereSince;
    return Math.max(0, since === null ? timeoutMs : since + timeoutMs - performance.now());
  };

  async function untilHeard(topic: Topic): Promise<void> {
    const patience = patienceFor(topic.ear);
    if (topic.heard || patience === 0) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        topic.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, patience);
      topic.waiting.add(done);
    });
  }

  return {
    publish(channel, message) {
      publisher.spublish(prefix + channel, JSON.stringify(message)).catch(() => {});
    },
    async subscribe(channel, listener) {
      const mine = (message: unknown) => {
        if (isMessageOf(channel, message)) listener(message);
      };
      let topic = topics.get(channel);
      if (!topic) {
        topic = { listeners: new Set(), heard: false, waiting: new Set(), ear: null };
        topics.set(channel, topic);
        place(channel, topic);
        if (topic.ear?.connection.status === 'ready') listenSoon(topic.ear, channel, topic);
      }
      topic.listeners.add(mine);
      const mineTopic = topic;
      if (!closed) await untilHeard(topic);
      return () => {
        mineTopic.listeners.delete(mine);
        if (mineTopic.listeners.size === 0 && topics.get(channel) === mineTopic) leave(channel, mineTopic);
      };
    },
    onRestored(listener) {
      const mine = () => listener();
      restored.add(mine);
      return () => restored.delete(mine);
    },
    async identity() {
      const made = randomUUID();
      const found = await publisher.set(`${prefix}bus`, made, 'NX', 'GET').catch(() => Promise.reject(new AppError('UNAVAILABLE')));
      return found ?? made;
    },
    async ping() {
      const all = [...ears.values()];
      if (all.length === 0) throw new AppError('UNAVAILABLE');
      await Promise.all(all.map((ear) => untilReady(ear.connection, patienceFor(ear))));
      await Promise.all([redis.ping(), ...all.map(({ connection }) => connection.ping())]).catch(() => Promise.reject(new AppError('UNAVAILABLE')));
    },
    async close() {
      closed = true;
      clearInterval(pulse);
      topics.clear();
      restored.clear();
      for (const { connection } of ears.values()) connection.disconnect();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else publishes under our prefix: no message of ours.
    return null;
  }
}
