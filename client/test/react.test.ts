import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startApp } from '../../test/support/app.ts';
import { closeLater } from '../../test/support/lifetime.ts';
import { openChatset, registerUser } from '../../test/support/people.ts';
import type { Parley, Readable } from '../src/index.ts';
import { createParley, memoryTokens } from '../src/index.ts';
import { build, type Library, openProgram } from './hooks/build.ts';
import { isLive, openPage, tokensOf } from './page.ts';

/** A page's Parley whose subscriptions are counted. It is at no server. */
function countedParley() {
  const parley = createParley({ url: 'http://127.0.0.1:9/graphql', tokens: memoryTokens(), webSocket: WebSocket, warmStart: false });
  closeLater(parley.close);
  let open = 0;
  const counted = <T extends Readable<unknown>>(readable: T): T => ({
    ...readable,
    get: readable.get,
    subscribe(listener: () => void) {
      open += 1;
      const stop = readable.subscribe(listener);
      return () => {
        open -= 1;
        stop();
      };
    },
  });
  const chat = (of: ReturnType<Parley['conversation']>) => ({ ...counted(of), typing: counted(of.typing) });
  const all: Parley = {
    ...parley,
    session: counted(parley.session),
    connection: counted(parley.connection),
    unread: counted(parley.unread),
    waiting: counted(parley.waiting),
    conversations: counted(parley.conversations),
    archived: counted(parley.archived),
    conversation: (id) => chat(parley.conversation(id)),
    conversationWith: (id) => chat(parley.conversationWith(id)),
    presence: (id) => counted(parley.presence(id)),
    entity: (id) => counted(parley.entity(id)),
  };
  return { parley: all, open: () => open };
}

/** A value that a test changes. */
function createValue<T>(first: T): Readable<T> & { set(next: T): void } {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set(next) {
      value = next;
      for (const listener of listeners) listener();
    },
  };
}

describe.each<Library>(['react', 'preact'])('the hooks with %s', (library) => {
  let program = '';
  beforeAll(async () => {
    program = await build(library);
  });

  it('show who one is, the conversations and their messages, live, and send', async () => {
    const { Page, createElement, show, element } = await openProgram(program);
    const app = await startApp();
    const [ann, bob] = [await registerUser(app, { nickname: 'Ann' }), await registerUser(app, { nickname: 'Bob' })];
    await openChatset(ann);
    await openChatset(bob);
    const { parley } = openPage(app, { tokens: tokensOf(bob), webSocket: WebSocket, warmStart: false });
    const other = openPage(app, { tokens: tokensOf(ann), webSocket: WebSocket, warmStart: false });
    const take = show(createElement(Page, { parley, peerId: ann.user.id }), element);
    closeLater(take);
    const text = async (part: string) => await expect.poll(() => element.textContent, { timeout: 8000 }).toContain(part);

    await text('nobody: idle, 0 unread');
    await parley.restore();
    await text('Bob: live');
    await other.parley.restore();
    await isLive(other.parley);
    await other.parley.conversationWith(bob.user.id).send('from Ann');
    await text('from Ann (sent)');
    await text('1 unread');
    await expect.poll(() => element.querySelector('nav a')?.textContent).toBe('Ann');
    element.querySelector<HTMLInputElement>('input[type=button]')?.click();
    await text('Hello (sent)');
    element.querySelector<HTMLButtonElement>(':scope > button')?.click();
    await text('nobody');
    await expect.poll(() => element.querySelectorAll('nav a').length).toBe(0);
  });

  it('leave no subscription behind, under StrictMode and where something suspends', async () => {
    const { Page, ParleyProvider, StrictMode, Suspense, createElement, show, element, useUnread } = await openProgram(program);
    const { parley, open } = countedParley();
    let ready = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const Slow = () => {
      useUnread();
      if (!ready) throw promise;
      return createElement('b', null, 'ready');
    };
    const page = (peerId: string) =>
      createElement(
        StrictMode,
        null,
        createElement(ParleyProvider, { parley }, createElement(Suspense, { fallback: 'wait' }, createElement(Slow), createElement(Page, { parley, peerId }))),
      );
    const root = show(page('one'), element);
    await expect.poll(() => element.textContent).toContain('wait');
    ready = true;
    resolve();
    await expect.poll(() => element.textContent, { timeout: 8000 }).toContain('ready');
    await expect.poll(open).toBeGreaterThan(0);
    root();
    await expect.poll(open).toBe(0);
  });

  it('show one value everywhere, however often it changes meanwhile', async () => {
    const { createElement, show, element, useReadable } = await openProgram(program);
    const value = createValue(0);
    const Shown = () => createElement('i', null, String(useReadable(value)));
    const seen = new Set<string>();
    const many = Array.from({ length: 50 }, (_, key) => createElement(Shown, { key }));
    closeLater(show(createElement('div', null, many), element));
    await expect.poll(() => element.querySelectorAll('i').length).toBe(50);
    for (let next = 1; next <= 20; next += 1) {
      value.set(next);
      await new Promise((resolve) => setImmediate(resolve));
      seen.add([...new Set([...element.querySelectorAll('i')].map(({ textContent }) => textContent))].join('|'));
    }
    await expect.poll(() => element.textContent).toBe('20'.repeat(50));
    expect([...seen].filter((text) => text.includes('|'))).toEqual([]);
  });

  it('say what is missing where there is no provider', async () => {
    const { createElement, show, element, useParley } = await openProgram(program);
    const told: unknown[] = [];
    const Lost = () => {
      try {
        useParley();
      } catch (error) {
        told.push(error);
      }
      return null;
    };
    closeLater(show(createElement(Lost), element));
    await expect.poll(() => told.length).toBeGreaterThan(0);
    expect(String(told[0])).toContain('need a ParleyProvider above them');
  });
});
