import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  CancelUploadDocument,
  EventsDocument,
  GroupNodeDocument,
  MeDocument,
  UpdateGroupDocument,
  UpdateProfileDocument,
  type UploadPartsFragment,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, openTables } from '../support/groups.ts';
import { makeFriends, type Person, registerUser, registerVisitor } from '../support/people.ts';
import { addressOf, announce, listen, readUpload, sendBytes, upload } from '../support/uploads.ts';

/** Another one each time. */
const picture = async (red: number) =>
  await sharp({ create: { width: 300, height: 400, channels: 3, background: { r: red, g: 90, b: 200 } } })
    .png()
    .toBuffer();

const uploadAvatar = async (person: Person, red = 1) => await upload(person, { kind: 'AVATAR', name: 'me.png' }, await picture(red));

const avatarOf = async (person: Person) => (await person.ask(MeDocument, {})).viewer?.user.avatar ?? null;

const statusOf = async (app: TestApp, url: string | null) => (await fetch(addressOf(app, present(url, 'an address')))).status;

const setAvatar = (person: Person, { id }: Pick<UploadPartsFragment, 'id'>) => person.ask(UpdateProfileDocument, { input: { avatarId: id } });

const isGone = (person: Person, { id }: UploadPartsFragment) => expect.poll(() => readUpload(person, id)).toBeNull();

describe('a picture of a user that was uploaded', () => {
  it('is a square of 256 under an address for everybody, which is good for ever', async () => {
    const app = await startApp();
    const person = await registerUser(app);
    const { updateProfile } = await setAvatar(person, await uploadAvatar(person));
    const url = present(updateProfile?.avatar, 'the avatar');
    expect(new URL(url, app.url).pathname).toMatch(/^\/avatars\/[0-9a-f]{32}$/);
    const response = await fetch(addressOf(app, url));
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, expect.stringContaining('immutable')]);
    expect(await sharp(Buffer.from(await response.arrayBuffer())).metadata()).toMatchObject({ width: 256, height: 256 });
    expect(await avatarOf(person)).toBe(url);
  });

  it('is one of a visitor, too, and friends hear of it', async () => {
    const app = await startApp();
    const visitor = await registerVisitor(app);
    await setAvatar(visitor, await uploadAvatar(visitor));
    expect(await avatarOf(visitor)).toContain('/avatars/');
    const [one, other] = [await registerUser(app), await registerUser(app)];
    await makeFriends(one, other);
    const stream = other.socket().subscribe(EventsDocument, {});
    await stream.next('CaughtUp');
    await setAvatar(one, await uploadAvatar(one));
    const heard = await stream.until(({ events }) => events.__typename === 'UserChanged' && events.user.id === one.user.id);
    expect(heard.events).toMatchObject({ user: { avatar: await avatarOf(one) } });
  });

  it('stays when it is set again, and tells nobody', async () => {
    const app = await startApp();
    const person = await registerUser(app);
    const uploaded = await uploadAvatar(person);
    await setAvatar(person, uploaded);
    const before = await avatarOf(person);
    await setAvatar(person, uploaded);
    expect([await avatarOf(person), await statusOf(app, before)]).toEqual([before, 200]);
  });

  it.each<[string, (person: Person) => Promise<unknown>]>([
    ['another one', async (person) => setAvatar(person, await uploadAvatar(person, 200))],
    ['an address elsewhere', (person) => person.ask(UpdateProfileDocument, { input: { avatar: 'https://example.com/a.png' } })],
    ['none by avatarId', (person) => person.ask(UpdateProfileDocument, { input: { avatarId: null } })],
    ['none by avatar', (person) => person.ask(UpdateProfileDocument, { input: { avatar: null } })],
  ])('gives way to %s, and its address ends', async (_what, change) => {
    const app = await startApp();
    const person = await registerUser(app);
    const uploaded = await uploadAvatar(person);
    await setAvatar(person, uploaded);
    const url = await avatarOf(person);
    await change(person);
    expect(await avatarOf(person)).not.toBe(url);
    expect(await statusOf(app, url)).toBe(404);
    await isGone(person, uploaded);
  });

  it.each([undefined, 'https://chat.example.com/parley'])('stays when the address that was shown is given back, with PUBLIC_URL %s', async (PUBLIC_URL) => {
    const app = await startApp(PUBLIC_URL === undefined ? {} : { PUBLIC_URL });
    const person = await registerUser(app);
    const other = await registerUser(app);
    const bytes = await picture(1);
    const events = await listen(person);
    const announced = await announce(person, { kind: 'AVATAR', size: bytes.length });
    // Nobody is at that address here.
    await sendBytes(app, { uploadUrl: present(announced.uploadUrl).replace(PUBLIC_URL ?? '', '') }, bytes);
    await setAvatar(person, await events.over(announced.id));
    const url = present(await avatarOf(person));
    await person.ask(UpdateProfileDocument, { input: { avatar: url, nickname: 'Somebody else' } });
    expect(await avatarOf(person)).toBe(url);
    const path = url.slice(url.lastIndexOf('/avatars/'));
    expect(await statusOf(app, path)).toBe(200);
    // It is nobody else's to take, and no address elsewhere.
    const { errors } = await other.execute(UpdateProfileDocument, { input: { avatar: path } });
    expect(errors.map(({ extensions }) => [extensions?.code, extensions?.field])).toEqual([['BAD_USER_INPUT', 'avatar']]);
  });

  it('comes back whole after a node of the version before has set another one', async () => {
    const app = await startApp();
    const person = await registerUser(app);
    const uploaded = await uploadAvatar(person);
    await setAvatar(person, uploaded);
    const url = await avatarOf(person);
    // It knows nothing of what shows a file.
    const tables = await openTables(app);
    await tables.transaction(({ db }) => db.updateTable('User').set({ avatar: 'https://example.com/a.png' }).where('uuid', '=', person.user.uuid).execute());
    await setAvatar(person, uploaded);
    expect([await avatarOf(person), await statusOf(app, url)]).toEqual([url, 200]);
  });

  it('ends too where a node of the version before has taken it away, once it is taken away here', async () => {
    const app = await startApp();
    const person = await registerUser(app);
    const uploaded = await uploadAvatar(person);
    await setAvatar(person, uploaded);
    const url = await avatarOf(person);
    const tables = await openTables(app);
    await tables.transaction(({ db }) => db.updateTable('User').set({ avatar: null }).where('uuid', '=', person.user.uuid).execute());
    await person.ask(UpdateProfileDocument, { input: { avatarId: null } });
    expect(await statusOf(app, url)).toBe(404);
  });

  it('cannot be taken back as an upload while it is shown', async () => {
    const app = await startApp();
    const person = await registerUser(app);
    const uploaded = await uploadAvatar(person);
    await setAvatar(person, uploaded);
    const { errors } = await person.execute(CancelUploadDocument, { id: uploaded.id });
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['NOT_FOUND']);
    expect(await statusOf(app, await avatarOf(person))).toBe(200);
  });

  it('is refused where it is somebody else’s, no AVATAR, not uploaded yet, nothing, or given beside an address; and nothing else changes', async () => {
    const app = await startApp();
    const [person, other] = [await registerUser(app), await registerUser(app)];
    const ask = async (input: object) => {
      const { errors } = await person.execute(UpdateProfileDocument, { input: { nickname: 'changed', ...input } });
      return errors.map(({ extensions }) => [extensions?.code, extensions?.field]);
    };
    const mine = await uploadAvatar(person);
    const refused = [
      [{ avatarId: (await uploadAvatar(other)).id }, 'NOT_FOUND'],
      [{ avatarId: person.user.id }, 'NOT_FOUND'],
      [{ avatarId: 'nothing' }, 'NOT_FOUND'],
      [{ avatarId: (await upload(person)).id }, 'BAD_USER_INPUT'],
      [{ avatarId: (await announce(person, { kind: 'AVATAR' })).id }, 'FILE_NOT_READY'],
      [{ avatarId: mine.id, avatar: 'https://example.com/a.png' }, 'BAD_USER_INPUT'],
      [{ avatarId: mine.id, avatar: null }, 'BAD_USER_INPUT'],
      [{ avatarId: null, avatar: null }, 'BAD_USER_INPUT'],
    ] as const;
    for (const [input, code] of refused) expect(await ask(input)).toEqual([[code, 'avatarId']]);
    expect((await person.ask(MeDocument, {})).viewer?.user).toMatchObject({ avatar: null, nickname: person.username });
  });
});

describe('a picture of a group that was uploaded', () => {
  it('is shown as that of the group and of its conversation until another one takes its place', async () => {
    const app = await startApp();
    const owner = await registerUser(app);
    const group = await createGroup(owner, []);
    const change = (input: object) => owner.ask(UpdateGroupDocument, { input: { conversationId: group.id, ...input } });
    const uploaded = await uploadAvatar(owner);
    const { updateGroup } = await change({ avatarId: uploaded.id });
    const url = present(updateGroup?.avatar, 'the picture');
    const { node } = await owner.ask(GroupNodeDocument, { id: present(updateGroup?.group).id });
    expect(node).toMatchObject({ avatar: url });
    expect(await statusOf(app, url)).toBe(200);
    expect((await change({ avatarId: null })).updateGroup?.avatar).toBeNull();
    expect(await statusOf(app, url)).toBe(404);
  });

  it('may be that of its owner, too, and stays as long as one of them shows it', async () => {
    const app = await startApp();
    const owner = await registerUser(app);
    const group = await createGroup(owner, []);
    const uploaded = await uploadAvatar(owner);
    await setAvatar(owner, uploaded);
    await owner.ask(UpdateGroupDocument, { input: { conversationId: group.id, avatarId: uploaded.id } });
    const url = await avatarOf(owner);
    await owner.ask(UpdateProfileDocument, { input: { avatarId: null } });
    expect(await statusOf(app, url)).toBe(200);
    await owner.ask(UpdateGroupDocument, { input: { conversationId: group.id, avatarId: null } });
    expect(await statusOf(app, url)).toBe(404);
  });
});
