import { beforeAll, describe, expect, it } from 'vitest';
import { SendMessageDocument, UpdateMemberDocument, UpdateProfileDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, idsOf, memberIdOf, openTables, readGroup, registerFriends } from '../support/groups.ts';
import type { Person } from '../support/people.ts';

let app: TestApp;
let people: Record<'owner' | 'member', Person>;
let groupId: string;
beforeAll(async () => {
  app = await startApp();
  people = await registerFriends(app, await openTables(app), 'owner', 'member');
  groupId = (await createGroup(people.owner, [people.member])).id;
});

/** The time that comes back for one that is given, or the code of its refusal. */
async function mute(mutedUntil: string): Promise<string | null | undefined> {
  const { data, errors } = await people.owner.execute(UpdateMemberDocument, { memberId: memberIdOf(groupId, people.member), mutedUntil });
  return errors[0] ? errors[0].extensions?.code : present(data?.updateMember).mutedUntil;
}

describe('a time', () => {
  it.each([
    ['2999-11-07T01:30:00-04:00', '2999-11-07T05:30:00.000Z'],
    ['2999-06-01t00:00:00.123456z', '2999-06-01T00:00:00.123Z'],
    ['2999-06-01T00:00:00.1Z', '2999-06-01T00:00:00.100Z'],
    [`2999-06-01T00:00:00.${'9'.repeat(200)}Z`, '2999-06-01T00:00:00.999Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59+00:01', '9999-12-31T23:58:59.000Z'],
  ])('%s comes back as %s, and may be given again', async (given, back) => {
    expect(await mute(given)).toBe(back);
    expect(await mute(back)).toBe(back);
  });

  it.each([
    '9999-12-31T23:59:59-23:59',
    '9999-12-31T23:59:59-00:01',
    '0000-01-01T00:00:00+00:01',
    '2998-12-31T23:59:60Z',
    '2999-01-01T00:59:60+01:00',
    '2999-02-29T00:00:00Z',
    '2999-13-01T00:00:00Z',
    '2999-01-01T24:00:00Z',
    '2999-01-01T00:00:00',
    '2999-01-01T00:00:00+24:00',
    '2999-01-01T00:00:00+1:00',
    '2999-01-01T00:00:00.Z',
    '2999-01-01',
    '+012999-01-01T00:00:00Z',
    '32472144000000',
  ])('%s is refused', async (given) => {
    expect(await mute(given)).toBe('BAD_USER_INPUT');
  });

  it('of long ago is a time that is over', async () => {
    expect(await mute('0000-01-01T00:00:00Z')).toBeNull();
  });

  it('that was stored beyond the calendar is told as its end', async () => {
    const database = await openTables(app);
    const [userId = 0] = await idsOf(database, [people.member.user]);
    await database.transaction((tx) => tx.db.updateTable('Member').set({ mutedUntil: 253_402_387_199_000 }).where('userId', '=', userId).execute());
    const members = present((await readGroup(people.owner, groupId)).group.members).edges.map(({ node }) => node.mutedUntil);
    expect(members).toContain('9999-12-31T23:59:59.999Z');
    const sent = await people.member.execute(SendMessageDocument, {
      input: { to: groupId, clientId: '6a0f8e0e-5d0c-4b7e-9a43-3f2f5b1c7d10', content: { text: 'x' } },
    });
    expect(sent.errors[0]?.extensions).toMatchObject({ code: 'MUTED', until: '9999-12-31T23:59:59.999Z' });
  });
});

describe('a day', () => {
  it.each(['2000-02-29', '0001-01-01', '0000-01-01', '9999-12-31'])('%s comes back as it was given', async (birthday) => {
    expect((await people.owner.ask(UpdateProfileDocument, { input: { birthday } })).updateProfile?.profile.birthday).toBe(birthday);
  });

  it.each(['1900-02-29', '2000-13-01', '2000-00-01', '10000-01-01', '+002000-01-01', '-000001-01-01', '２０００-01-01'])('%s is refused', async (birthday) => {
    expect((await people.owner.execute(UpdateProfileDocument, { input: { birthday } })).errors[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });
});
