import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { Database } from '../../src/platform/database.ts';
import {
  AnswerJoinRequestDocument,
  BlockUserDocument,
  CreateGroupDocument,
  DissolveGroupDocument,
  FollowDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  MarkReadDocument,
  type MessageContentInput,
  ModelAnswerFriendDocument,
  ModelAskFriendDocument,
  RecallMessageDocument,
  RemoveFriendDocument,
  RemoveMemberDocument,
  SendMessageDocument,
  UnblockUserDocument,
  UnfollowDocument,
  UpdateChatsetDocument,
  UpdateFriendDocument,
  UpdateGroupDocument,
  UpdateMemberDocument,
  UpdateSettingsDocument,
  WithdrawJoinRequestDocument,
} from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { type Answer, codesOf, present } from './client.ts';
import { attachmentsOf, samples } from './contents.ts';
import { memberIdOf } from './groups.ts';
import type { Action, Model, Persona, Verdict, Who } from './model.ts';
import { remarkFor } from './model-contacts.ts';
import type { Picture } from './model-picture.ts';
import { type Actor, createIdBook, joinKeyOf, readPicture } from './model-told.ts';
import { registerUser, registerVisitor } from './people.ts';

/** The people of a model with sessions on a server, and the ids of what they made. */
export interface Stage {
  /** Does an action and gives the code with which it is refused, or null. `verdict` says what it is about. */
  perform(action: Action, verdict: Verdict): Promise<string | null>;
  /** What somebody is told now. */
  picture(model: Model, who: Who): Promise<Picture>;
}

/** Makes fresh people of these kinds. A visitor's name is the one that the server gives. */
export async function createCast(app: TestApp, personas: readonly Persona[]): Promise<readonly Actor[]> {
  const cast: Actor[] = [];
  // One after the other: some lists stand in the order in which people came to the server.
  for (const persona of personas) {
    const person = persona.isVisitor ? await registerVisitor(app) : await registerUser(app, { nickname: persona.name });
    if (persona.chatset) await person.ask(UpdateChatsetDocument, { input: persona.chatset });
    if (persona.acceptsAtOnce) await person.ask(UpdateSettingsDocument, { acceptsFriendsAtOnce: true });
    cast.push({ person, persona: persona.isVisitor ? { ...persona, name: person.username } : persona });
  }
  return cast;
}

/** Puts people on a stage on which nothing has happened. With `tables` they send files too. */
export function createStage(cast: readonly Actor[], tables: Database | null = null): Stage {
  const personAt = (who: Who) => present(cast[who]?.person, 'the person');
  const userId = (who: Who) => personAt(who).user.id;
  const nameAt = (who: Who) => present(cast[who]?.persona.name);
  const ids = createIdBook();
  const { requests, talks, joins } = ids;
  const codes = new Map<number, string>();
  // To the rules one content is like another.
  let sent = 0;
  const about = present(cast.find(({ persona }) => !persona.isVisitor)).person;
  const nextContent = async (who: Who): Promise<MessageContentInput> => {
    const kind = sent++ % (samples.length + 2);
    if (kind > samples.length && tables) return await attachmentsOf(tables, personAt(who));
    return samples[kind]?.content(about) ?? { text: 'a word' };
  };

  /** Runs an operation of somebody, and learns from what it gives. */
  const run = async <R, V>(who: Who, document: TypedDocumentNode<R, V>, variables: V, learn?: (data: R) => void): Promise<string | null> => {
    const answer: Answer<R> = await personAt(who).execute(document, variables);
    if (answer.errors.length > 0) return codesOf(answer).join();
    if (answer.data !== null) learn?.(answer.data);
    return null;
  };

  const perform = async (action: Action, { request = -1, talk = -1, join = -1, seq = 0 }: Verdict): Promise<string | null> => {
    const { does, who } = action;
    const joinKey = joinKeyOf(talk, join);
    switch (does) {
      case 'ask':
        return await run(who, ModelAskFriendDocument, { userId: userId(action.other) }, (data) => requests.learn(request, data.sendFriendRequest?.id));
      case 'answer':
        return await run(who, ModelAnswerFriendDocument, { id: requests.id(request), answer: action.answer }, (data) => {
          requests.learn(request, data.answerFriendRequest?.id);
        });
      case 'unfriend':
        return await run(who, RemoveFriendDocument, { userId: userId(action.other) });
      case 'remark':
        return await run(who, UpdateFriendDocument, {
          input: { userId: userId(action.other), remark: action.clears ? null : remarkFor(nameAt(action.other)) },
        });
      case 'block':
        return await run(who, BlockUserDocument, { userId: userId(action.other) });
      case 'unblock':
        return await run(who, UnblockUserDocument, { userId: userId(action.other) });
      case 'follow':
        return await run(who, FollowDocument, { userId: userId(action.other) });
      case 'unfollow':
        return await run(who, UnfollowDocument, { userId: userId(action.other) });
      case 'write':
      case 'writeIn': {
        const to = does === 'write' ? userId(action.other) : talks.id(talk);
        return await run(who, SendMessageDocument, { input: { to, clientId: randomUUID(), content: await nextContent(who) } }, (data) => {
          talks.learn(talk, data.sendMessage?.conversation.id);
        });
      }
      case 'recall':
        return await run(who, RecallMessageDocument, { id: messageIdOf(talks.id(talk), seq) });
      case 'read':
        return await run(who, MarkReadDocument, { conversationId: talks.id(talk), seq });
      case 'create': {
        const input = { memberIds: action.people.map(userId), ...(action.isNamed && { name: 'a group' }) };
        return await run(who, CreateGroupDocument, { input }, ({ createGroup }) => {
          talks.learn(talk, createGroup?.id);
          codes.set(talk, present(createGroup?.group?.inviteCode));
        });
      }
      case 'invite':
        return await run(who, InviteToGroupDocument, { conversationId: talks.id(talk), userIds: action.people.map(userId) });
      case 'join':
        return await run(who, JoinGroupDocument, { inviteCode: present(codes.get(talk)) }, (data) => joins.learn(joinKey, data.joinGroup?.id));
      case 'answerJoin':
        return await run(who, AnswerJoinRequestDocument, { id: joins.id(joinKey), accept: action.accepts });
      case 'withdraw':
        return await run(who, WithdrawJoinRequestDocument, { id: joins.id(joinKey) });
      case 'role':
        return await run(who, UpdateMemberDocument, { memberId: memberIdOf(talks.id(talk), personAt(action.other)), role: action.role });
      case 'mute': {
        const mutedUntil = action.ends ? null : '2100-01-01T00:00:00.000Z';
        return await run(who, UpdateMemberDocument, { memberId: memberIdOf(talks.id(talk), personAt(action.other)), mutedUntil });
      }
      case 'remove':
        return await run(who, RemoveMemberDocument, { memberId: memberIdOf(talks.id(talk), personAt(action.other)) });
      case 'leave':
        return await run(who, LeaveGroupDocument, { conversationId: talks.id(talk) });
      case 'dissolve':
        return await run(who, DissolveGroupDocument, { conversationId: talks.id(talk) });
      case 'policy':
        return await run(who, UpdateGroupDocument, { input: { conversationId: talks.id(talk), joinPolicy: action.policy } });
      case 'history':
        return await run(who, UpdateGroupDocument, { input: { conversationId: talks.id(talk), showsHistory: action.shows } });
    }
  };
  return { perform, picture: (model, who) => readPicture(cast, who, model, ids) };
}

/** The id of a message. */
function messageIdOf(conversationId: string, seq: number): string {
  const uuid = Buffer.from(conversationId, 'base64url').toString().split(':')[1];
  return Buffer.from(`Message:${uuid}:${seq}`).toString('base64url');
}
