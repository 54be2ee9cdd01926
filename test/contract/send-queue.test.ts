import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { MessageView } from '../../src/features/messages/message-view.service.ts';
import { prepareSend, type Send, sendRules } from '../../src/features/messages/send.service.ts';
import { createSendQueue, type Outcome } from '../../src/features/messages/send-queue.service.ts';
import { createTolls, type Payment, type Toll } from '../../src/features/messages/toll.service.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { createFingerprints } from '../../src/platform/fingerprints.ts';
import { noLimits } from '../../src/platform/rate-limit.ts';

const sendOf = (text: string, to = 'conversation', userId = 1): Send =>
  prepareSend(
    { userId, uuid: `${userId}`, role: 'USER', sessionId: 1, sessionUuid: '1', actedBy: null },
    { to: { conversationUuid: to }, clientId: randomUUID(), content: { text }, replyTo: null, mentions: { people: [], everyone: false } },
    createFingerprints(Buffer.alloc(32)),
  );

const textOf = ({ message: { content } }: Send) => ('text' in content ? (content.text ?? '') : '');

/** What was written of a send. */
const messageOf = ({ message, clientKey, viewer }: Pick<Send, 'message' | 'clientKey' | 'viewer'>): MessageView => ({
  conversationId: 1,
  conversationUuid: 'conversation',
  seq: 1,
  rev: 1,
  senderId: viewer.userId,
  clientId: message.clientId,
  clientKey,
  contentHash: '',
  kind: 'TEXT',
  text: '',
  content: null,
  noticeCode: null,
  noticeNames: null,
  forwardedFromId: null,
  editedAt: null,
  mentionsEveryone: 0,
  replyToSeq: null,
  createdAt: 0,
  recalledAt: null,
  actedById: null,
});

/** A queue whose sends to one conversation are refused in the end; `tried` makes what becomes of those that do not wait, when it is their turn. */
function startQueue(tried: (sends: readonly Send[]) => ('BUSY' | 'FIRST')[]) {
  const written: string[] = [];
  const held = Promise.withResolvers<void>();
  const tries: (() => void)[] = [];
  const queue = createSendQueue(
    async (sends, waits) => {
      if (!waits) {
        await new Promise<void>((resolve) => tries.push(resolve));
        return tried(sends);
      }
      await held.promise;
      // Who makes the conversation is alone in a transaction.
      if (sends.length > 1 && written.length === 0) return sends.map(() => 'FIRST');
      written.push(...sends.map(textOf));
      return sends.map(() => ({ refusal: new AppError('NOT_FOUND') }));
    },
    sendRules,
    5000,
    createTolls(null),
  );
  const sent: Promise<unknown>[] = [];
  return {
    written,
    async send(...texts: readonly string[]) {
      for (const text of texts) sent.push(queue.send(sendOf(text)).catch(() => {}));
      await turn();
    },
    async goOn() {
      for (const go of tries.splice(0)) go();
      await turn();
    },
    async end() {
      held.resolve();
      while (tries.length > 0) await this.goOn();
      await Promise.all(sent);
    },
  };
}

const ways = {
  'somebody else holds the conversation': (sends: readonly Send[]) => sends.map(() => 'BUSY' as const),
  'the first of them makes the conversation': (sends: readonly Send[]) => sends.map(() => 'FIRST' as const),
  'what fails for all of them is tried for each': () => {
    throw new Error('a fault with one of them');
  },
};

it.each(Object.entries(ways))('of one sender nobody overtakes another, also where %s', async (_name, tried) => {
  const { send, goOn, end, written } = startQueue(tried);
  await send('one', 'two');
  // Behind the transaction that is under way.
  await send('three');
  await goOn();
  await send('four');
  await goOn();
  await send('five');
  await end();
  expect(written).toEqual(['one', 'two', 'three', 'four', 'five']);
});

describe('nobody’s load is another one’s wait:', () => {
  /** What becomes of sends of which nothing is known but whether they wait for locks. */
  type Fate = (waits: boolean) => Outcome;
  const written: Fate = () => ({ refusal: new AppError('NOT_FOUND') });
  const apart =
    (why: 'BUSY' | 'FIRST'): Fate =>
    (waits) =>
      waits ? written(waits) : why;

  /** A queue whose transactions end when the test says so, each with what it holds. */
  function startHeldQueue(fate: Fate) {
    const held: { readonly texts: readonly string[]; readonly waits: boolean; end(): void }[] = [];
    const queue = createSendQueue(
      (sends, waits) =>
        new Promise((resolve) => {
          held.push({ texts: sends.map(textOf), waits, end: () => resolve(sends.map(() => fate(waits))) });
        }),
      sendRules,
      5000,
      createTolls(null),
    );
    const sent: Promise<unknown>[] = [];
    /** Ends the transaction that has gone on for longest. */
    const endOne = async () => {
      held.shift()?.end();
      await turn();
    };
    return {
      held,
      endOne,
      async send(...sends: readonly Send[]) {
        for (const send of sends) sent.push(queue.send(send).catch(() => {}));
        await turn();
      },
      async end() {
        while (held.length > 0) await endOne();
        await Promise.all(sent);
      },
    };
  }

  const many = (count: number, text: string, userId: number, to?: string) =>
    Array.from({ length: count }, (_, index) => sendOf(text, to ?? `conversation ${userId} ${index}`, userId));

  it('whoever comes while several people have hundreds in the line is in the next transaction', async () => {
    const { send, endOne, end, held } = startHeldQueue(written);
    for (let userId = 2; userId < 9; userId += 1) await send(...many(300, 'one of many', userId, `conversation ${userId}`));
    await endOne();
    const before = held.length;
    await send(sendOf('the one'));
    expect(held.length).toBe(before);
    await endOne();
    expect(held.at(-1)?.texts).toContain('the one');
    await end();
  });

  it('whoever comes behind many long texts is in the next transaction', async () => {
    const { send, endOne, end, held } = startHeldQueue(written);
    await send(...many(40, 'x'.repeat(5000), 2));
    await send(sendOf('the one'));
    expect(held.length).toBe(1);
    await endOne();
    expect(held.at(-1)?.texts).toContain('the one');
    await end();
  });

  it('whoever writes into a conversation that somebody holds waits behind one transaction of somebody else’s', async () => {
    const { send, endOne, end, held } = startHeldQueue(apart('BUSY'));
    await send(...many(300, 'one of many', 2, 'conversation'));
    await endOne();
    await send(sendOf('the one'));
    // Those that went in the line before it was known that somebody holds it, and the first one that goes apart.
    for (let count = held.findIndex(({ waits }) => waits) + 1; count > 0; count -= 1) await endOne();
    expect(held.at(-1)?.texts).toContain('the one');
    await end();
  });

  it('whoever begins many conversations does so a few at a time, in their order, and others begin theirs beside it', async () => {
    const { send, endOne, end, held } = startHeldQueue(apart('FIRST'));
    await send(...Array.from({ length: 40 }, (_, index) => sendOf(`${index}`, `stranger ${index}`, 2)));
    await endOne();
    expect(held.map(({ texts }) => texts)).toEqual([['0'], ['1'], ['2'], ['3']]);
    await send(sendOf('the one'));
    // It is tried in the line first.
    held.pop()?.end();
    await turn();
    expect(held.map(({ texts }) => texts)).toEqual([['0'], ['1'], ['2'], ['3'], ['the one']]);
    await endOne();
    expect(held.map(({ texts }) => texts)).toEqual([['1'], ['2'], ['3'], ['the one'], ['4']]);
    await end();
  });
});

describe('messages to strangers', () => {
  const toll: Toll = { bucket: 'firstWords', key: 1 };
  const another: Toll = { bucket: 'unansweredSend', key: ['1', '2'] };

  /** A queue beside a limiter that has so much; each transaction decides by what was paid, as `owes` says. */
  function startPaying(points: number, owes: (text: string, payment: Payment) => readonly Toll[]) {
    let left = points;
    const transactions: string[][] = [];
    const tolls = createTolls({
      ...noLimits,
      take: async () => {
        if (left === 0) throw new AppError('RATE_LIMITED', { retryAfterSeconds: 9 });
        left -= 1;
      },
      giveBack: async () => {
        left += 1;
      },
    });
    const queue = createSendQueue(
      async (sends) => {
        transactions.push(sends.map(textOf));
        return sends.map(({ payment, ...send }): Outcome => {
          const owed = owes(textOf({ payment, ...send }), payment);
          if (owed.every(({ bucket }) => payment.paid.some((paid) => paid.bucket === bucket))) return { message: messageOf(send), used: owed };
          return payment.refusal instanceof AppError ? { refusal: payment.refusal } : { owed };
        });
      },
      sendRules,
      5000,
      tolls,
    );
    return { queue, transactions, left: () => left };
  }

  it('that owe nothing are written in one transaction', async () => {
    const { queue, transactions, left } = startPaying(5, () => []);
    await Promise.all([queue.send(sendOf('one')), queue.send(sendOf('two'))]);
    expect(transactions).toEqual([['one', 'two']]);
    expect(left()).toBe(5);
  });

  it('that owe something are paid between two transactions, in their order, and refused by the second where there is no more', async () => {
    const { queue, transactions, left } = startPaying(2, () => [toll]);
    const sent = await Promise.allSettled(['one', 'two', 'three'].map((text) => queue.send(sendOf(text))));
    expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(transactions[0]).toEqual(['one', 'two', 'three']);
    expect(transactions.slice(1).flat()).toEqual(['one', 'two', 'three']);
    expect(left()).toBe(0);
  });

  it('that owe more at the second look pay that as well, and what was not used is given back', async () => {
    const { queue, transactions, left } = startPaying(5, (_text, { paid }) => (paid.length === 0 ? [toll] : [another]));
    await queue.send(sendOf('one'));
    expect(transactions).toEqual([['one'], ['one'], ['one']]);
    expect(left()).toBe(4);
  });

  it('that are refused for another reason give back all that they paid', async () => {
    const { queue, left } = startPaying(1, (_text, { paid }) => {
      if (paid.length === 0) return [toll];
      throw new AppError('BLOCKED');
    });
    await expect(queue.send(sendOf('one'))).rejects.toThrow('BLOCKED');
    expect(left()).toBe(1);
  });
});
