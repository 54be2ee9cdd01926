import { beforeAll, describe, expect, it } from 'vitest';
import {
  EventsDocument,
  MeDocument,
  UpdateChatsetDocument,
  UpdateGroupDocument,
  UpdateProfileDocument,
  UpdateSettingsDocument,
  UserInfoDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup } from '../support/groups.ts';
import { loginAgain, openChatset, type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const fieldsOf = async (answer: ReturnType<Person['execute']>) => (await answer).errors.map(({ extensions }) => `${extensions?.code} ${extensions?.field}`);
const listen = async (person: Person) => {
  const stream = person.socket().subscribe(EventsDocument, {});
  await stream.until(({ events }) => events.__typename === 'CaughtUp');
  return stream;
};

describe('updateProfile', () => {
  it('changes what is given, clears what is null, leaves what is absent', async () => {
    const person = await registerUser(app);
    const first = await person.ask(UpdateProfileDocument, {
      input: {
        nickname: ' 小明 ',
        avatar: 'https://example.com/a.png',
        gender: 'FEMALE',
        birthday: '2000-02-29',
        bio: '你好',
        website: 'https://example.com/',
      },
    });
    expect(first.updateProfile).toMatchObject({ nickname: '小明', profile: { gender: 'FEMALE', birthday: '2000-02-29', bio: '你好', location: null } });
    const second = await person.ask(UpdateProfileDocument, { input: { nickname: null, gender: null, bio: null, location: 'Berlin' } });
    expect(second.updateProfile).toMatchObject({
      nickname: person.username,
      avatar: 'https://example.com/a.png',
      profile: { gender: 'UNKNOWN', birthday: '2000-02-29', bio: null, location: 'Berlin', website: 'https://example.com/' },
    });
    expect((await person.ask(MeDocument, {})).viewer?.user).toEqual(second.updateProfile);
  });

  it.each([
    ['https://example.com', 'https://example.com/'],
    [' HTTPS://EXAMPLE.com:443/a/../b ', 'https://example.com/b'],
    ['https://x/"onerror=alert(1) y="<b>', 'https://x/%22onerror=alert(1)%20y=%22%3Cb%3E'],
    ['https://x/a\nb\tc', 'https://x/abc'],
    ['https:\\\\x\\y', 'https://x/y'],
    ['https://例子.测试/路', 'https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF'],
    [`https://x.example/${'a'.repeat(2030)}`, `https://x.example/${'a'.repeat(2030)}`],
    ['\u200b ', null],
  ])('keeps the URL %j as a browser reads it', async (given, kept) => {
    const person = await registerUser(app);
    const { updateProfile } = await person.ask(UpdateProfileDocument, { input: { avatar: given, website: given } });
    expect(updateProfile).toMatchObject({ avatar: kept, profile: { website: kept } });
    const group = await createGroup(person, []);
    const { updateGroup } = await person.ask(UpdateGroupDocument, { input: { conversationId: group.id, avatar: given } });
    expect(present(updateGroup).avatar).toBe(kept);
  });

  it.each([
    'http://example.com/a.png',
    'https://',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://user:pass@x/',
    'https://user@x/',
    'https://:pass@x/',
    '//example.com',
    'example.com',
    'https://a b/',
    `https://example.com/${'x'.repeat(2048)}`,
    // Longer than that only when it is written as it is stored.
    `https://example.com/${'é'.repeat(400)}`,
  ])('refuses %j where a URL is asked for', async (url) => {
    const person = await registerUser(app);
    for (const field of ['avatar', 'website'])
      expect(await fieldsOf(person.execute(UpdateProfileDocument, { input: { [field]: url } }))).toEqual([`BAD_USER_INPUT ${field}`]);
    const group = await createGroup(person, []);
    expect(await fieldsOf(person.execute(UpdateGroupDocument, { input: { conversationId: group.id, avatar: url } }))).toEqual(['BAD_USER_INPUT avatar']);
  });

  it.each([
    ['nickname', '好'.repeat(51)],
    ['bio', 'x'.repeat(501)],
    ['location', 'x'.repeat(101)],
  ])('refuses what does not fit into %s', async (field, value) => {
    const person = await registerUser(app);
    expect(await fieldsOf(person.execute(UpdateProfileDocument, { input: { [field]: value } }))).toEqual([`BAD_USER_INPUT ${field}`]);
  });

  it('refuses a day that no calendar has', async () => {
    const person = await registerUser(app);
    expect(await fieldsOf(person.execute(UpdateProfileDocument, { input: { birthday: '2001-02-29' } }))).toEqual(['BAD_USER_INPUT input.birthday']);
  });

  it('counts characters, not bytes', async () => {
    const person = await registerUser(app);
    const nickname = '😀'.repeat(50);
    expect((await person.ask(UpdateProfileDocument, { input: { nickname } })).updateProfile?.nickname).toBe(nickname);
  });

  it('is for visitors too, and shows the birthday to nobody but oneself and friends (U1)', async () => {
    const [visitor, other] = await Promise.all([registerVisitor(app), registerUser(app)]);
    await visitor.ask(UpdateProfileDocument, { input: { nickname: 'Guest', birthday: '1999-12-31' } });
    expect((await visitor.ask(UserInfoDocument, { uuid: visitor.user.uuid })).userInfo?.profile.birthday).toBe('1999-12-31');
    for (const asker of [app, other])
      expect((await asker.ask(UserInfoDocument, { uuid: visitor.user.uuid })).userInfo).toMatchObject({ nickname: 'Guest', profile: { birthday: null } });
  });

  it("tells one's own devices and whoever one has talked with, and no stranger (S13)", async () => {
    const [one, peer] = await registerTwo(app);
    const [own, stranger] = await Promise.all([loginAgain(one), registerUser(app)]);
    await sendText(one, peer.user.id, 'hello');
    const [atOwn, atPeer, atStranger] = await Promise.all([listen(own), listen(peer), listen(stranger)]);
    await one.ask(UpdateProfileDocument, { input: { nickname: 'Renamed' } });
    for (const stream of [atOwn, atPeer]) {
      const { events } = await stream.until((data) => data.events.__typename === 'UserChanged', 'UserChanged');
      expect(events).toMatchObject({ user: { id: one.user.id, nickname: 'Renamed' } });
    }
    expect(atStranger.waiting()).toEqual([]);
  });
});

describe('many changes of one profile', () => {
  it('within some seconds are told to others in a few events, the last of which shows the end', async () => {
    const resting = await startApp({ PROFILE_REST_SECONDS: '1' });
    const [one, peer] = await registerTwo(resting);
    await sendText(one, peer.user.id, 'hello');
    const stream = await listen(peer);
    const count = 30;
    for (let round = 1; round <= count; round += 1) {
      await one.ask(UpdateProfileDocument, { input: { nickname: `Name ${round}` } });
      await one.ask(UpdateChatsetDocument, { input: { user: { sendCount: round % 3 } } });
    }
    await stream.until(({ events }) => events.__typename === 'UserChanged' && events.user.nickname === `Name ${count}`, 'the last name');
    // Nothing is told twice, and nothing is left to be told.
    await one.ask(UpdateProfileDocument, { input: { nickname: 'The end' } });
    await stream.until(({ events }) => events.__typename === 'UserChanged' && events.user.nickname === 'The end', 'the end');
    const told = stream.all().filter(({ data }) => data?.events.__typename === 'UserChanged').length;
    expect(told).toBeGreaterThan(1);
    expect(told).toBeLessThan(count / 2);
  });

  it('the first one, and one that comes alone, is told at once', async () => {
    const resting = await startApp({ PROFILE_REST_SECONDS: '60' });
    const [one, peer] = await registerTwo(resting);
    await sendText(one, peer.user.id, 'hello');
    const stream = await listen(peer);
    await one.ask(UpdateProfileDocument, { input: { nickname: 'Renamed' } });
    const { events } = await stream.until((data) => data.events.__typename === 'UserChanged', 'UserChanged');
    expect(events).toMatchObject({ user: { id: one.user.id, nickname: 'Renamed' } });
  });
});

describe('updateChatset (U2, U3)', () => {
  const closed = { sendCount: 0, needFollow: true };

  it('keeps what was set over the defaults, and goes back to them with null', async () => {
    const person = await registerUser(app);
    const set = async (input: object) => (await person.ask(UpdateChatsetDocument, { input })).updateChatset?.chatset;
    expect(person.user.chatset).toEqual({ visitor: closed, user: closed });
    expect(await set({ visitor: { sendCount: 1 } })).toEqual({ visitor: { sendCount: 1, needFollow: true }, user: closed });
    expect(await set({ visitor: { needFollow: false }, user: { sendCount: 2 } })).toEqual({
      visitor: { sendCount: 1, needFollow: false },
      user: { sendCount: 2, needFollow: true },
    });
    expect(await set({ visitor: null, user: { sendCount: null } })).toEqual({ visitor: closed, user: closed });
  });

  it.each([3, -1])('refuses a sendCount of %i', async (sendCount) => {
    const person = await registerUser(app);
    expect(await fieldsOf(person.execute(UpdateChatsetDocument, { input: { user: { sendCount } } }))).toEqual(['BAD_USER_INPUT user.sendCount']);
  });

  it('is for registered users', async () => {
    const visitor = await registerVisitor(app);
    expect((await visitor.execute(UpdateChatsetDocument, { input: {} })).errors[0]?.extensions?.code).toBe('VISITOR_FORBIDDEN');
  });

  it('follows DEFAULT_CHATSET where its owner never set it', async () => {
    const open = await startApp({ DEFAULT_CHATSET: '{"user":{"sendCount":2,"needFollow":false}}' });
    const person = await registerUser(open);
    expect(person.user.chatset).toEqual({ visitor: closed, user: { sendCount: 2, needFollow: false } });
    await openChatset(person);
    expect((await person.ask(MeDocument, {})).viewer?.user.chatset.visitor).toEqual({ sendCount: 2, needFollow: false });
  });
});

describe('updateSettings', () => {
  it("changes the setting and tells one's other devices", async () => {
    const person = await registerUser(app);
    const stream = await listen(await loginAgain(person));
    const { updateSettings } = await person.ask(UpdateSettingsDocument, { acceptsFriendsAtOnce: true });
    expect(present(updateSettings).acceptsFriendsAtOnce).toBe(true);
    const { events } = await stream.until((data) => data.events.__typename === 'ViewerChanged', 'ViewerChanged');
    expect(events).toMatchObject({ viewer: { acceptsFriendsAtOnce: true } });
    expect((await person.ask(UpdateSettingsDocument, {})).updateSettings?.acceptsFriendsAtOnce).toBe(true);
  });
});
