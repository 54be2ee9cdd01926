import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { EditMessageDocument, RecallCarriedDocument, RecallMessageDocument, SendCarriedDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const forward = (person: Person, to: string, id: string, clientId: string = randomUUID()) =>
  person.execute(SendCarriedDocument, { input: { to, clientId, content: { forward: id } } });

/** Two who know each other, what the first has written, and a third to whom everybody may write. */
async function three() {
  const [author, one] = await registerTwo(app);
  const third = await registerUser(app);
  await openChatset(third);
  const message = await sendText(author, one.user.id, 'to be passed on');
  return { author, one, third, message };
}

describe('a message that is forwarded', () => {
  it('carries the text and its author to the other conversation', async () => {
    const { author, one, third, message } = await three();
    const copy = present((await forward(one, third.user.id, message.id)).data?.sendMessage);
    expect(copy).toMatchObject({
      seq: 1,
      sender: { id: one.user.id },
      content: { __typename: 'TextContent', text: 'to be passed on' },
      forwardedFrom: { id: author.user.id },
      replyTo: null,
    });
    const further = present((await forward(third, one.user.id, copy.id)).data?.sendMessage);
    expect(further).toMatchObject({ sender: { id: third.user.id }, forwardedFrom: { id: author.user.id }, content: { text: 'to be passed on' } });
  });

  it('is a copy of its own: it stays as it is when the first one is edited or recalled', async () => {
    const { author, one, third, message } = await three();
    const clientId = randomUUID();
    const first = (await forward(one, third.user.id, message.id, clientId)).data;
    await author.ask(EditMessageDocument, { id: message.id, content: { text: 'otherwise' } });
    expect((await forward(one, third.user.id, message.id, clientId)).data).toEqual(first);
    await author.ask(RecallMessageDocument, { id: message.id });
    // The repeat of a send that was answered once is answered again.
    expect((await forward(one, third.user.id, message.id, clientId)).data).toEqual(first);
    expect(refusalsOf(await forward(one, third.user.id, message.id))).toEqual([['NOT_FOUND', 'content.forward']]);
  });

  it('is known by its clientId: another message, a text, or another place is a conflict', async () => {
    const { author, one, third, message } = await three();
    const other = await sendText(author, one.user.id, 'to be passed on');
    const clientId = randomUUID();
    await forward(one, third.user.id, message.id, clientId);
    for (const input of [
      { to: third.user.id, content: { forward: other.id } },
      { to: third.user.id, content: { text: 'to be passed on' } },
      { to: message.conversation.id, content: { forward: message.id } },
    ])
      expect(codesOf(await one.execute(SendCarriedDocument, { input: { ...input, clientId } }))).toEqual(['CONFLICT']);
  });

  it('can only be one that its sender sees', async () => {
    const { author, one, third, message } = await three();
    // Where nothing may be sent, that comes first: it says nothing about the message.
    expect(codesOf(await forward(third, author.user.id, message.id))).toEqual(['FRIENDSHIP_REQUIRED']);
    const hidden = await forward(third, one.user.id, message.id);
    expect(refusalsOf(hidden)).toEqual([['NOT_FOUND', 'content.forward']]);
    for (const id of ['x', '', message.conversation.id, Buffer.from(`Message:${randomUUID()}:1`).toString('base64url')])
      expect((await forward(third, one.user.id, id)).errors).toEqual(hidden.errors);
  });

  it('cannot be edited: these are the words of another', async () => {
    const { one, third, message } = await three();
    const copy = present((await forward(one, third.user.id, message.id)).data?.sendMessage);
    expect(codesOf(await one.execute(EditMessageDocument, { id: copy.id, content: { text: 'what was never said' } }))).toEqual(['FORBIDDEN']);
  });

  it('says nothing of its author once it is recalled', async () => {
    const { one, third, message } = await three();
    const copy = present((await forward(one, third.user.id, message.id)).data?.sendMessage);
    expect((await one.ask(RecallCarriedDocument, { id: copy.id })).recallMessage).toMatchObject({ content: null, forwardedFrom: null });
  });
});
