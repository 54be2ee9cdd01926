import {
  CreateGroupDocument,
  GroupDocument,
  JoinGroupDocument,
  SendFriendRequestDocument,
  UpdateConversationDocument,
  UpdateFriendDocument,
  UpdateGroupDocument,
  UpdateProfileDocument,
} from '../../../test/generated/graphql.ts';
import type { TestApp } from '../../../test/support/app.ts';
import { present } from '../../../test/support/client.ts';
import { makeFriends, type Person, registerUser, sendText } from '../../../test/support/people.ts';

/** Somebody with a life on a server, and the pages on which it shows. */
export interface Scenes {
  readonly person: Person;
  /** The addresses of the pages, by a name for each. */
  readonly paths: Readonly<Record<string, string>>;
}

const names = ['Ann', '王小明', 'Bartholomew Featherstonehaugh-Cholmondeley, Third', 'Zoë', '李雷', 'Eve', 'Mallory'] as const;

/** Makes it: short and long names, Chinese and Latin, long texts, requests that wait, an empty corner. */
export async function playScenes(app: TestApp): Promise<Scenes> {
  const person = await registerUser(app, { nickname: 'Ada Lovelace' });
  const [ann, ming, bart, zoe, lei, eve, mallory] = (await Promise.all(names.map((nickname) => registerUser(app, { nickname })))) as [
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
  ];
  for (const friend of [ann, ming, bart, zoe, lei]) await makeFriends(person, friend);
  await person.ask(SendFriendRequestDocument, { userId: eve.user.id, message: 'Hello Eve, we met at the conference.' });
  await mallory.ask(SendFriendRequestDocument, { userId: person.user.id, message: 'Hi Ada! It is Mallory from the library.' });
  await person.ask(UpdateFriendDocument, { input: { userId: ann.user.id, isStarred: true, remark: 'Annie' } });
  const bio = '喜欢爬山。\nAnd reading long books about the history of computation.';
  const website = 'https://example.com/a/very/long/path/that/does/not/end/so/soon';
  await ming.ask(UpdateProfileDocument, { input: { bio, location: '杭州', website, birthday: '1990-02-03', gender: 'MALE' } });

  const memberIds = [ann, ming, bart, zoe].map(({ user }) => user.id);
  const { createGroup } = await person.ask(CreateGroupDocument, { input: { name: '周末爬山 Weekend hiking', memberIds, joinPolicy: 'APPROVAL' } });
  const group = present(createGroup, 'the group').id;
  const { conversation } = await person.ask(GroupDocument, { id: group });
  const code = present(conversation?.group?.inviteCode, 'the code');
  await mallory.ask(JoinGroupDocument, { inviteCode: code, message: 'May I come?' });
  await person.ask(UpdateGroupDocument, { input: { conversationId: group, announcement: 'Saturday 8:00 at the north gate.\nBring water.' } });
  await sendText(ann, group, 'Who is coming on Saturday?');
  await sendText(ming, group, '我来！周六早上八点，北门见。');
  await sendText(
    bart,
    group,
    `I would be delighted. ${'It has been a long time since the last one. '.repeat(6)}https://example.com/maps/a-rather-long-address`,
  );
  await sendText(person, group, '👍');
  await sendText(person, group, 'I bring the map');
  await sendText(zoe, ming.user.id, 'not for Ada').catch(() => {});
  const direct = await sendText(ann, person.user.id, 'Did you get my letter?');
  await sendText(lei, person.user.id, '晚上一起吃饭吗？');
  const { createGroup: old } = await person.ask(CreateGroupDocument, { input: { name: 'Old things', memberIds: [] } });
  await person.ask(UpdateConversationDocument, { conversationId: present(old, 'the group').id, isArchived: true });

  const id = encodeURIComponent;
  return {
    person,
    paths: {
      chats: '/',
      group: `/chats/${id(group)}`,
      direct: `/chats/${id(direct.conversation.id)}`,
      stranger: `/chats/with/${mallory.user.uuid}`,
      people: '/people',
      friend: `/people/${ming.user.uuid}`,
      'long-name': `/people/${bart.user.uuid}`,
      asking: `/people/${mallory.user.uuid}`,
      nobody: '/people/00000000-0000-4000-8000-000000000000',
      'group-details': `/groups/${id(group)}`,
      'new-group': '/groups/new',
      join: '/join',
      invitation: `/join/${code}`,
      settings: '/settings',
      profile: '/settings/profile',
      privacy: '/settings/privacy',
      appearance: '/settings/appearance',
      sessions: '/settings/sessions',
      account: '/settings/account',
      about: '/settings/about',
      'no-page': '/chats/nothing/here',
    },
  };
}
