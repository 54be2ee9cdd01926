import type { TestApp } from '../../test/support/app.ts';
import { closeLater } from '../../test/support/lifetime.ts';
import type { Person } from '../../test/support/people.ts';
import { createQueue, type Queue } from '../../test/support/queue.ts';
import { memoryTokens, type Parley, type ParleyEvent, type ParleyOptions, type Readable, type TokenStore } from '../src/index.ts';
import { openParley } from '../src/parley.ts';
import { type Timing, usualTiming } from '../src/timing.ts';

/** A page of the package, as one tab of a browser has it. */
export interface Page {
  readonly parley: Parley;
  readonly tokens: TokenStore;
  /** Every event that was applied, in order. */
  readonly events: Queue<ParleyEvent>;
}

/** Opens a page at a server, closed at the end of the test. Pages with the same store of tokens are tabs of one browser. */
export function openPage(app: Pick<TestApp, 'url'>, options: Partial<ParleyOptions> = {}, timing: Partial<Timing> = {}): Page {
  const tokens = options.tokens ?? memoryTokens();
  const parley = openParley({ url: app.url, ...options, tokens }, { ...usualTiming, ...timing });
  const events = createQueue<ParleyEvent>('the events of a page');
  parley.onEvent((event) => events.push(event));
  closeLater(parley.close);
  return { parley, tokens, events };
}

/** The tokens of somebody who is signed in already. */
export function tokensOf(person: Person): TokenStore {
  return memoryTokens({ token: person.token, refreshToken: person.refreshToken, userId: person.user.id });
}

/** Every value that something takes from now on, this one first. */
export function valuesOf<T>(readable: Readable<T>, name: string): Queue<T> {
  const values = createQueue<T>(name);
  values.push(readable.get());
  closeLater(readable.subscribe(() => values.push(readable.get())));
  return values;
}

/** Resolves when the value is as it ought to be. */
export async function becomes<T>(readable: Readable<T>, isRight: (value: T) => boolean, what: string, ms?: number): Promise<T> {
  const values = createQueue<T>(what);
  values.push(readable.get());
  const stop = readable.subscribe(() => values.push(readable.get()));
  try {
    return await values.until(isRight, what, ms);
  } finally {
    stop();
  }
}

/** Resolves when the page is live. */
export async function isLive(parley: Parley, ms?: number): Promise<void> {
  await becomes(parley.connection, ({ status }) => status === 'live', 'a live page', ms);
}
