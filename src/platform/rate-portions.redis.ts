import { randomUUID } from 'node:crypto';
import type { Rate } from '../kernel/rates.ts';
import { Charge, type PortionCounters, refusal } from './rate-limit.ts';
import type { Reach } from './rate-reach.ts';
import { type Name, roomIn, type Window, Windows, waitFor, windowsOf } from './rate-windows.ts';
import { type RedisServer, usefulOnly } from './redis.ts';

/** How long what was taken may wait until the other nodes are told, in milliseconds; for what has been heard so lately nobody is asked again. */
const tellMs = 200;

/** Less than so much of what may be taken waits longer: until such a part of its time is over. */
const little = { part: 0.01, time: 1 / 15 } as const;

/** After how long it is tried again where nodes have too much to tell each other, in milliseconds. */
const soonMs = 10;

/** So many windows are told of in one script. */
const atOnce = 500;

/** How often a node says that it is there, and after what time one that does not is none any more. One that has not heard for half of it knows nothing. */
const there = { lookMs: 1000, goneMs: 6000 } as const;

/** Nodes may tell each other late of so much of what may be taken, all together. */
const sharePart = 0.2;

/**
 * `add`: adds to a window, which begins with the first that is added; what is given back to one that is over goes nowhere. Gives what was taken and how
 * long it lasts. `tell`: adds for each key what was taken: points, the milliseconds that they still count, how much it may hold, for how long. A second
 * key of the same name, of which the last is 1, is that of its burst: what the one before it has room for is taken there.
 */
const addFunction = `${usefulOnly}
local function add(key, points, ms)
  local left = redis.call('pttl', key)
  if left > 0 then
    local taken = redis.call('incrby', key, points)
    if taken >= 0 then return taken, left end
    redis.call('set', key, 0, 'KEEPTTL')
    return 0, left
  end
  if points <= 0 or ms <= 0 then return 0, 0 end
  redis.call('set', key, points, 'PX', ms)
  return points, ms
end
local function tell(first)
  local told = {}
  for index, key in ipairs(KEYS) do
    local at = first + 5 * (index - 1)
    local points = tonumber(ARGV[at])
    if ARGV[at + 4] == '1' and points > 0 then
      local moved = math.min(points, tonumber(ARGV[at - 3]) - told[2 * index - 3])
      if moved > 0 then
        points = points - moved
        told[2 * index - 3], told[2 * index - 2] = add(KEYS[index - 1], moved, tonumber(ARGV[at - 2]))
      end
    end
    told[2 * index - 1], told[2 * index] = add(key, points, tonumber(ARGV[at + 1]))
  end
  return told
end
`;

const tellScript = `${addFunction}
return tell(1)
`;

/** Tells, and then takes points out of the first window in which there is room; says which that was, and then what `tell` says. */
const takeScript = `${addFunction}
local points = tonumber(ARGV[1])
local told = tell(2)
local from = 0
for index, key in ipairs(KEYS) do
  local at = 2 + 5 * (index - 1)
  if from == 0 and told[2 * index - 1] + points <= tonumber(ARGV[at + 2]) then
    from = index
    told[2 * index - 1], told[2 * index] = add(key, points, tonumber(ARGV[at + 3]))
  end
end
table.insert(told, 1, from)
return told
`;

/** Says that a node is there, and gives how many are. */
const thereScript = `${usefulOnly}
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('zadd', KEYS[1], now, ARGV[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now - ARGV[2])
redis.call('pexpire', KEYS[1], ARGV[2])
return redis.call('zcard', KEYS[1])
`;

type Shared = Pick<RedisServer, 'client' | 'prefix' | 'slotOf'>;

/** Makes the counters of a bucket; `own` are those of this node alone, for while Redis is away. */
type MakeCounters = (bucket: string, rate: Rate, own: PortionCounters) => PortionCounters;

/**
 * Counters of which each node takes without asking, and tells the others a few times a second. What nodes have taken and not told is at most a fifth of
 * what may be taken, divided among those that are there: that much more can pass. Whoever wants more than its node's part of that waits for Redis.
 */
export function createPortions(redis: Shared, reach: Reach): MakeCounters {
  const { client, prefix, slotOf } = redis;
  const nodes = createNodeCount(redis, reach);
  const names = new WeakMap<Windows, string>();
  /** Of the windows of a burst: those of the rate. */
  const rateOf = new WeakMap<Windows, Windows>();
  const changed = new Set<Window>();
  let isWaiting = false;

  const keyOf = ({ of, name }: Window) => `${prefix}rate:${names.get(of)}:{${name}}`;

  const valuesOf = (window: Window, told: number) => [told, msLeft(window), window.of.points, window.of.ms, rateOf.has(window.of) ? 1 : 0];

  const onAdded = (window: Window) => {
    changed.add(window);
    waitToTell();
  };

  const waitToTell = () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(tellAll, tellMs).unref();
  };

  const tellAll = () => {
    isWaiting = false;
    const groups = new Map<number, Window[]>();
    const now = performance.now();
    for (const window of changed) {
      const { of, own, ends, heardAt } = window;
      if (ends > now && Math.abs(own) < of.points * little.part && heardAt > now - of.ms * little.time) continue;
      changed.delete(window);
      if (ends <= now) continue;
      const slot = slotOf(keyOf(window));
      const group = groups.get(slot);
      if (group) group.push(window);
      else groups.set(slot, [window]);
    }
    if (changed.size > 0) waitToTell();
    for (const group of groups.values()) for (let from = 0; from < group.length; from += atOnce) void tell(group.slice(from, from + atOnce));
  };

  const tell = async (some: readonly Window[]) => {
    const windows = withRates(some);
    const told = windows.map(leave);
    const values = windows.flatMap((window, index) => valuesOf(window, told[index] ?? 0));
    const answer = await reach.ask<unknown>(
      () => client.eval(tellScript, windows.length, ...windows.map(keyOf), ...values),
      () => null,
    );
    const numbers = numbersOf(answer);
    for (const [index, window] of windows.entries()) hear(window, told[index] ?? 0, numbers?.slice(2 * index, 2 * index + 2));
  };

  /** Each once, and before that of a burst that of its rate. */
  const withRates = (windows: readonly Window[]): readonly Window[] => {
    const found = new Set<Window>();
    for (const window of windows) {
      const rate = rateOf.get(window.of)?.at(window.name);
      // The two stand together: the one of the rate may stand there alone already.
      if (rate) found.delete(rate);
      if (rate) found.add(rate);
      else if (found.has(window)) continue;
      found.add(window);
    }
    return [...found];
  };

  return (bucket, rate, own) => {
    const counting = new Windows(rate.points, rate.seconds, onAdded);
    const levels = windowsOf(rate, counting);
    for (const level of levels) {
      names.set(level, level === counting ? bucket : `${bucket}+`);
      if (level !== counting) rateOf.set(level, counting);
    }

    /** Whether so much more may wait to be told. */
    const isLittle = ({ of, own: waits, told }: Window, points: number) => waits + told + points <= (of.points * sharePart) / Math.max(1, nodes());

    const ask = async (name: Name, points: number): Promise<Charge> => {
      const windows = levels.map((level) => level.at(name));
      const told = windows.map(leave);
      const values = windows.flatMap((window, index) => valuesOf(window, told[index] ?? 0));
      const answer = await client
        .eval(takeScript, windows.length, ...windows.map(keyOf), points, ...values)
        .then(numbersOf)
        .catch((error: unknown) => {
          for (const [index, window] of windows.entries()) hear(window, told[index] ?? 0, undefined);
          throw error;
        });
      for (const [index, window] of windows.entries()) hear(window, told[index] ?? 0, answer?.slice(2 * index + 1, 2 * index + 3));
      const from = windows[(answer?.[0] ?? 0) - 1];
      if (!from) throw refusal(waitFor(levels, name, points));
      return new Charge(from, points);
    };

    const hasHeard = (name: Name) => {
      const since = performance.now() - tellMs;
      return levels.every((level) => level.at(name).heardAt > since);
    };

    return {
      take(name, points) {
        if (reach.isAway()) return own.take(name, points);
        const window = roomIn(levels, name, points, 1, (each) => isLittle(each, points));
        if (window) {
          window.add(points);
          return new Charge(window, points);
        }
        // Others may have given back meanwhile.
        if (!roomIn(levels, name, points) && hasHeard(name)) throw refusal(waitFor(levels, name, points));
        return reach.ask<Charge>(
          () => ask(name, points),
          () => own.take(name, points),
        );
      },
      takeNow(name, points, part) {
        if (reach.isAway()) return own.takeNow(name, points, part);
        const window = roomIn(levels, name, points, part, (each) => isLittle(each, points) || each.own + each.told <= 0);
        if (window) {
          window.add(points);
          return new Charge(window, points);
        }
        const full = roomIn(levels, name, points, part);
        if (full) {
          if (full.own > 0) void tell([full]);
          return soonMs;
        }
        // To hear of what others have given back.
        for (const level of levels) onAdded(level.at(name));
        return Math.min(waitFor(levels, name, points), tellMs * 5);
      },
    };
  };
}

/** How many nodes there are, as far as this one has heard lately; endless where it has not. */
function createNodeCount({ client, prefix }: Shared, reach: Reach): () => number {
  const id = randomUUID();
  let count = 0;
  let heardAt = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  const look = async () => {
    isAsking = true;
    const began = performance.now();
    const answer = await reach.ask<unknown>(
      () => client.eval(thereScript, 1, `${prefix}rate:nodes`, id, there.goneMs),
      () => null,
    );
    isAsking = false;
    if (typeof answer !== 'number') return;
    count = answer;
    heardAt = began;
  };
  return () => {
    const silentMs = performance.now() - heardAt;
    if (silentMs > there.lookMs && !isAsking) void look();
    return silentMs < there.goneMs / 2 ? count : Number.POSITIVE_INFINITY;
  };
}

/** What is told of a window, which from now on waits for the answer. */
function leave(window: Window): number {
  const { own } = window;
  window.own = 0;
  window.told += own;
  return own;
}

/** Takes in what Redis says. Where it says nothing, what was told is forgotten: told again it might count twice. */
function hear(window: Window, told: number, answer: readonly number[] | undefined): void {
  window.told -= told;
  if (!answer) return;
  const [taken = 0, left = 0] = answer;
  const now = performance.now();
  window.heard = taken;
  window.heardAt = now;
  if (left > 0) window.ends = now + left;
}

function msLeft({ ends }: Window): number {
  return Math.max(0, Math.ceil(ends - performance.now()));
}

function numbersOf(answer: unknown): readonly number[] | undefined {
  return Array.isArray(answer) && answer.every((each) => typeof each === 'number') ? answer : undefined;
}
