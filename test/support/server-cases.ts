import { AllowToWriteDocument, BlockUserDocument, EndSessionsDocument, IssueSessionDocument } from '../generated/graphql.ts';
import { insertExternal, upsertUser } from './external-users.ts';
import type { Person } from './people.ts';
import type { Case } from './state-cases.ts';
import { allDevicesOf, type Scene } from './state-scene.ts';

const ended =
  (code: string): NonNullable<Case['ends']> =>
  ({ actor }) =>
    new Map(actor.map((device) => [device, code]));
const issue = ({ server, actor }: Scene, device: string) => server.ask(IssueSessionDocument, { input: { person: { userId: actor[0].user.id }, device } });
const allow = ({ server }: Scene, one: Person, other: Person) => server.ask(AllowToWriteDocument, { a: { userId: one.user.id }, b: { userId: other.user.id } });

/** What servers of the operator's do. */
export const serverCases: Readonly<Record<string, readonly Case[]>> = {
  upsertUser: [
    { name: 'a new person', act: ({ server }) => upsertUser(server) },
    {
      name: 'another name and picture',
      act: async ({ app, server, actor }) =>
        await upsertUser(server, { externalId: await insertExternal(app, actor[0].user), nickname: 'Ada', avatar: 'https://example.com/a.png' }),
    },
    {
      name: 'what nobody sees but admins',
      act: async ({ app, server, actor }) =>
        await upsertUser(server, { externalId: await insertExternal(app, actor[0].user), traits: [{ key: 'a', value: 'b' }] }),
    },
    {
      name: 'disabled',
      act: async ({ app, server, actor }) => await upsertUser(server, { externalId: await insertExternal(app, actor[0].user), enabled: false }),
      ends: ended('USER_DISABLED'),
    },
    { name: 'an account becomes a person', act: ({ server, actor }) => upsertUser(server, { userId: actor[0].user.id }), ends: ended('TOKEN_INVALID') },
    {
      name: 'a visitor becomes a person',
      actorIs: 'visitor',
      act: ({ server, actor }) => upsertUser(server, { userId: actor[0].user.id }),
      ends: ended('TOKEN_INVALID'),
    },
  ],
  issueSession: [
    { name: 'a third one', act: (scene) => issue(scene, 'third') },
    { name: 'one that goes on', arrange: (scene) => issue(scene, 'third'), act: (scene) => issue(scene, 'third') },
  ],
  endSessions: [
    {
      name: 'all of somebody',
      act: ({ server, actor }) => server.ask(EndSessionsDocument, { person: { userId: actor[0].user.id } }),
      ends: ended('TOKEN_INVALID'),
    },
  ],
  allowToWrite: [
    { name: 'two strangers', parties: allDevicesOf, act: (scene) => allow(scene, scene.actor[0], scene.stranger[0]) },
    { name: 'a peer', act: (scene) => allow(scene, scene.actor[0], scene.peer[0]) },
    {
      name: 'somebody whom one has blocked',
      arrange: ({ actor, peer }) => actor[0].ask(BlockUserDocument, { userId: peer[0].user.id }),
      act: (scene) => allow(scene, scene.peer[0], scene.actor[0]),
    },
  ],
};
