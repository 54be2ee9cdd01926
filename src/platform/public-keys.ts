import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { AppError } from '../kernel/errors.ts';
import { createRecent } from '../kernel/recent.ts';
import type { GuardedFetch } from './guarded-fetch.ts';
import { type KeyShelf, keptMs } from './key-shelf.ts';

/** Sets of public keys (JWKS, RFC 7517) that are published somewhere else. */
export interface PublicKeys {
  /**
   * The keys at an address, kept for 10 minutes, and for up to an hour while they cannot be had anew. Where `kid` is not among them they are asked for once
   * more, by all nodes together at most once in 30 seconds, as after a failure. Throws `UNAVAILABLE` where they cannot be had and none are kept.
   */
  keysAt(url: string, kid: string | undefined): Promise<JWTVerifyGetKey>;
}

/** What it stands on. */
export interface PublicKeysParts {
  readonly fetch: GuardedFetch;
  readonly shelf: KeyShelf;
  /** Told of keys that could not be had, with the reason: at most once in 30 seconds for each address. */
  readonly onFault: (url: string, error: unknown) => void;
  /** For how long keys are taken for those of now, in milliseconds. */
  readonly freshMs?: number;
}

/** The most bytes of a set, and the most milliseconds that it may take. */
export const setLimits = { mostBytes: 65_536, ms: 3_000 } as const;

const usualFreshMs = 600_000;

/** How often one looks whether another node has what it is asking for, and for how long, in milliseconds. */
const look = { everyMs: 50, mostMs: setLimits.ms + 500 } as const;

interface KeySet {
  readonly text: string;
  readonly key: JWTVerifyGetKey;
  readonly kids: ReadonlySet<unknown>;
  /** By this process's clock. */
  readonly at: number;
}

/** Makes it. */
export function createPublicKeys({ fetch, shelf, onFault, freshMs = usualFreshMs }: PublicKeysParts): PublicKeys {
  const known = createRecent<KeySet>({ entries: 100, together: 100, longest: 1 });
  const underWay = new Map<string, Promise<KeySet | null>>();

  const isFresh = ({ at }: KeySet) => performance.now() - at < freshMs;
  const isGood = ({ at }: KeySet) => performance.now() - at < keptMs;

  /** What is on the shelf; nothing is taken apart again that was. */
  const shelved = async (url: string): Promise<KeySet | null> => {
    const mine = known.get(url) ?? null;
    const found = await shelf.read(url);
    if (found === null) return mine && isGood(mine) ? mine : null;
    const at = performance.now() - found.ageMs;
    const set = mine?.text === found.text ? { ...mine, at: Math.max(at, mine.at) } : setOf(found.text, at);
    known.put(url, set, 1);
    return set;
  };

  const ask = async (url: string, how: 'DUE' | 'AGAIN'): Promise<KeySet | null> => {
    try {
      const text = await fetch.text(url);
      const set = setOf(text, performance.now());
      await shelf.keep(url, text);
      await shelf.end(url, how === 'DUE' ? 'FREE' : 'REST');
      return set;
    } catch (error) {
      await shelf.end(url, 'REST');
      onFault(url, error);
      return null;
    }
  };

  /** Until another one has asked. */
  const wait = async (url: string, before: KeySet | null): Promise<void> => {
    const until = performance.now() + look.mostMs;
    while (performance.now() < until) {
      await sleep(look.everyMs);
      const found = await shelf.read(url);
      // Younger than what there was by more than reading can be wrong about.
      if (found && (before === null || performance.now() - found.ageMs > before.at + look.everyMs)) return;
      const turn = await shelf.begin(url);
      if (turn === 'RESTING') return;
      if (turn === 'YOURS') return await shelf.end(url, 'FREE');
    }
  };

  const renew = async (url: string, kid: string | undefined): Promise<KeySet | null> => {
    const before = await shelved(url);
    const isDue = before === null || !isFresh(before);
    if (!isDue && has(before, kid)) return before;
    const turn = await shelf.begin(url);
    if (turn === 'YOURS') await ask(url, isDue ? 'DUE' : 'AGAIN');
    if (turn === 'ASKING') await wait(url, before);
    return await shelved(url);
  };

  return {
    async keysAt(url, kid) {
      const mine = known.get(url);
      if (mine && isFresh(mine) && has(mine, kid)) return mine.key;
      const start = () => {
        const running = renew(url, kid).finally(() => underWay.delete(url));
        underWay.set(url, running);
        return running;
      };
      // What comes in this process at the same moment asks together, though it may have been about another key.
      const running = underWay.get(url);
      const together = running && (await running);
      const set = together && has(together, kid) ? together : await (underWay.get(url) ?? start());
      if (set === null) throw new AppError('UNAVAILABLE');
      return set.key;
    },
  };
}

/** One key that has no name is any, as far as this goes: the library finds the one that fits. */
function has({ kids }: KeySet, kid: string | undefined): boolean {
  return kid === undefined || kids.has(kid);
}

/** Throws where a text is no set of keys. */
function setOf(text: string, at: number): KeySet {
  const parsed: unknown = JSON.parse(text);
  if (!isSet(parsed)) throw new Error('this is no JSON Web Key Set');
  return { text, key: createLocalJWKSet(parsed), kids: new Set(parsed.keys.map(({ kid }) => kid)), at };
}

function isSet(value: unknown): value is JSONWebKeySet {
  return (
    typeof value === 'object' &&
    value !== null &&
    'keys' in value &&
    Array.isArray(value.keys) &&
    value.keys.every((key: unknown) => typeof key === 'object' && key !== null && 'kty' in key && typeof key.kty === 'string')
  );
}
