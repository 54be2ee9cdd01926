import { beforeEach, expect, test } from 'vitest';
import { startApp } from '../../test/support/app.ts';
import { openChatset, registerUser, sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import type { Parley } from '../src/index.ts';
import { openBrowser, stubIndexedDb, textsAt } from './tabs.ts';

beforeEach(stubIndexedDb);

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const runs = Number(process.env.PARLEY_STORM_RUNS ?? 1);
const firstSeed = Number(process.env.PARLEY_STORM_SEED ?? Math.floor(Math.random() * 1_000_000));

test.each(Array.from({ length: runs }, (_, run) => firstSeed + run))(
  'after cuts, lost answers, reloads and closed tabs every message is there, once, in the order of its tab (seed %i)',
  async (seed) => {
    const random = numbersFrom(seed);
    const pick = <T>(list: readonly T[]): T => {
      const picked = list[Math.floor(random() * list.length)];
      if (picked === undefined) throw new Error('an empty list');
      return picked;
    };
    const app = await startApp();
    const ann = await registerUser(app);
    const others = await Promise.all([registerUser(app), registerUser(app), registerUser(app)]);
    await Promise.all(others.map(openChatset));
    const [bob, cid, dan] = others;
    if (!bob || !cid || !dan) throw new Error('nobody');
    const { conversation } = await sendText(ann, bob.user.id, 'hello');
    const proxy = await openProxy(app.url);
    const browser = openBrowser(ann, proxy.url);
    const lossy: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (random() > 0.25) return response;
      await response.arrayBuffer();
      throw new TypeError('The answer is lost');
    };

    // Bob is written to by both of his names.
    const places = [
      { of: bob, chat: (tab: Parley) => tab.conversation(conversation.id) },
      { of: bob, chat: (tab: Parley) => tab.conversationWith(bob.user.id) },
      { of: cid, chat: (tab: Parley) => tab.conversationWith(cid.user.id) },
      { of: dan, chat: (tab: Parley) => tab.conversationWith(dan.user.id) },
    ];
    const sent = new Map(others.map((other) => [other, [] as string[]]));
    let opened = 0;
    const open = async () => ({ parley: await browser.open({ fetch: lossy }), name: `tab${opened++}`, count: 0 });
    const tabs = [await open(), await open(), await open()];
    let isCut = false;

    for (let step = 0; step < 80; step += 1) {
      const tab = pick(tabs);
      const dice = random();
      if (dice < 0.6) {
        const place = pick(places);
        const text = `${tab.name} ${tab.count++}`;
        sent.get(place.of)?.push(text);
        place
          .chat(tab.parley)
          .send(text)
          .catch(() => {});
      } else if (dice < 0.7 && !isCut) {
        tabs.splice(tabs.indexOf(tab), 1);
        const closing = tab.parley.close();
        if (random() < 0.5) await closing;
        tabs.push(await open());
        await closing;
      } else if (dice < 0.8) {
        isCut = !isCut;
        await (isCut ? proxy.cut() : proxy.mend());
      } else if (dice < 0.85) proxy.breakOnce();
      else await new Promise((resolve) => setTimeout(resolve, random() * 100));
    }
    if (isCut) await proxy.mend();
    await expect.poll(() => tabs.map(({ parley }) => parley.waiting.get()), { timeout: 60_000 }).toEqual([0, 0, 0]);

    for (const [other, texts] of sent) {
      const conversationId = tabs[0]?.parley.conversationWith(other.user.id).conversation?.id ?? conversation.id;
      const there = texts.length === 0 ? [] : (await textsAt(other, conversationId)).filter((text) => text !== 'hello');
      expect([...there].sort()).toEqual([...texts].sort());
      for (const name of new Set(texts.map((text) => text.split(' ')[0]))) {
        const of = (list: readonly (string | undefined)[]) => list.filter((text) => text?.startsWith(`${name} `));
        expect(of(there)).toEqual(of(texts));
      }
    }
  },
  120_000,
);
