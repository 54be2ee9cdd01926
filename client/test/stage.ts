import { startApp, type TestApp } from '../../test/support/app.ts';
import { openChatset, type Person, registerTwo } from '../../test/support/people.ts';
import type { Chat, Message, Parley, ParleyOptions } from '../src/index.ts';
import { isLive, openPage, tokensOf } from './page.ts';

/** Two people who may write to each other. */
export interface Stage {
  readonly app: TestApp;
  readonly anna: Person;
  readonly bert: Person;
  /** The page of Anna, live. */
  readonly parley: Parley;
}

export async function setStage(env: Readonly<Record<string, string>> = {}, options: Partial<ParleyOptions> = {}): Promise<Stage> {
  const app = await startApp(env);
  const [anna, bert] = await registerTwo(app);
  await openChatset(anna);
  return { app, anna, bert, parley: await pageOf(anna, options) };
}

/** A page of somebody's, live. */
export async function pageOf(person: Person, options: Partial<ParleyOptions> = {}): Promise<Parley> {
  const { parley } = openPage(person.app, { tokens: tokensOf(person), ...options });
  await parley.restore();
  await isLive(parley);
  return parley;
}

/** The chat, which somebody looks at until the test is over. */
export function look(chat: Chat): Chat {
  chat.subscribe(() => {});
  return chat;
}

/** The texts of messages, in their order. */
export function textsOf(messages: readonly Message[]): (string | undefined)[] {
  return messages.map(({ content }) => content?.text);
}

export interface Holding {
  readonly fetch: typeof fetch;
  /** From now on the answers to documents in which this stands are kept back, until the function that it gives is called. */
  hold(part: string): { readonly held: Promise<void>; release(): void };
}

/** A `fetch` whose answers can be late: the server has made them before. */
export function createHolding(): Holding {
  let holding: { part: string; arrived: () => void; let: Promise<void> } | null = null;
  return {
    async fetch(input, init) {
      const now = holding;
      const response = await fetch(input, init);
      if (now && String(init?.body).includes(now.part)) {
        const body = await response.text();
        now.arrived();
        await now.let;
        return new Response(body, { status: response.status, headers: response.headers });
      }
      return response;
    },
    hold(part) {
      const arrived = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      holding = { part, arrived: arrived.resolve, let: released.promise };
      return {
        held: arrived.promise,
        release() {
          holding = null;
          released.resolve();
        },
      };
    },
  };
}
