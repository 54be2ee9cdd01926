import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EventsDocument, SendNoticeDocument, UpdateUserDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { noticeTo, requireSystem, sendNotice } from '../support/notices.ts';
import { adminEnv, loginAdmin, openChatset, registerUser, sendText } from '../support/people.ts';
import { keyClient } from '../support/server-keys.ts';

describe('how often', () => {
  it('one person is sent notices a day is bounded, whatever the key and however they are named; what was sent before takes nothing', async () => {
    const limited = await startApp({ ...adminEnv, RATE_LIMITS: 'on', RATES: 'noticeOfPerson=2/d' });
    const keys = [await keyClient(limited, ['NOTICES']), await keyClient(limited, ['NOTICES'])] as const;
    const [person, other] = [await registerUser(limited), await registerUser(limited)];
    const clientId = randomUUID();
    const first = await sendNotice(keys[0], person, 'one', { clientId });
    for (const each of keys) expect(await sendNotice(each, person, 'one', { clientId })).toEqual(first);
    await sendNotice(keys[1], { conversationId: first.conversation.id }, 'two');
    for (const to of [{ userId: person.user.id }, { conversationId: first.conversation.id }]) {
      const refused = await keys[0].execute(SendNoticeDocument, { input: noticeTo(to, 'three') });
      expect(refused.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }]);
    }
    expect(await sendNotice(keys[0], person, 'one', { clientId })).toEqual(first);
    expect((await requireSystem(person)).lastSeq).toBe(2);
    await sendNotice(keys[0], other, 'one');
  });

  it('a notice that is refused takes nothing of the person’s', async () => {
    const limited = await startApp({ ...adminEnv, RATE_LIMITS: 'on', RATES: 'noticeOfPerson=1/d' });
    const each = await keyClient(limited, ['NOTICES']);
    const [person, other] = [await registerUser(limited), await registerUser(limited)];
    const clientId = randomUUID();
    await sendNotice(each, other, 'to the other', { clientId });
    for (let time = 0; time < 3; time += 1)
      expect(codesOf(await each.execute(SendNoticeDocument, { input: noticeTo({ userId: person.user.id }, 'x', { clientId }) }))).toEqual(['CONFLICT']);
    await sendNotice(each, person, 'one');
  });

  it('what goes into a conversation of several is nobody’s own, and comes also where one of them is disabled', async () => {
    const limited = await startApp({ ...adminEnv, RATE_LIMITS: 'on', RATES: 'noticeOfPerson=1/d' });
    const admin = await loginAdmin(limited);
    const each = await keyClient(limited, ['NOTICES'], admin);
    const [one, other] = [await registerUser(limited), await registerUser(limited)];
    await openChatset(other);
    const conversationId = (await sendText(one, other.user.id, 'hello')).conversation.id;
    const events = [one, other].map((person) => person.socket().subscribe(EventsDocument, {}));
    for (const stream of events) await stream.until(({ events: event }) => event.__typename === 'CaughtUp');
    for (const text of ['one', 'two', 'three']) await sendNotice(each, { conversationId }, text);
    for (const stream of events) await stream.until(({ events: event }) => event.__typename === 'MessageSent' && event.message.content?.text === 'three');
    for (const person of [one, other]) await sendNotice(each, person, 'of their own');
    await admin.ask(UpdateUserDocument, { userId: one.user.id, enabled: false });
    expect((await sendNotice(each, { conversationId }, 'four')).seq).toBe(5);
  });

  it('a key sends is bounded for each key', async () => {
    const limited = await startApp({ ...adminEnv, RATE_LIMITS: 'on', RATES: 'notice=3/h' });
    const keys = [await keyClient(limited, ['NOTICES']), await keyClient(limited, ['NOTICES'])] as const;
    const person = await registerUser(limited);
    for (const text of ['one', 'two', 'three']) await sendNotice(keys[0], person, text);
    expect(codesOf(await keys[0].execute(SendNoticeDocument, { input: noticeTo({ userId: person.user.id }, 'four') }))).toEqual(['RATE_LIMITED']);
    await sendNotice(keys[1], person, 'four');
  });
});
