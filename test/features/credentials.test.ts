import { hash } from '@node-rs/argon2';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { ChangePasswordDocument, LoginDocument, RegisterDocument } from '../generated/graphql.ts';
import { createData, startApp, type TestApp } from '../support/app.ts';
import { outcomeOf } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { freshName, type Person, registerUser } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const register = (input: { username: string; password?: string }) => app.execute(RegisterDocument, { input: { password: 'correct horse', ...input } });

it.each(['vishal_1', 'visit', 'Visitor_1', 'vis_1234567', 'VISABCDEFGHI', 'extra', 'ext_1234567', 'admin2', 'rooted'])(
  'lets somebody be called %s',
  async (username) => {
    expect(outcomeOf(await register({ username }))).toBe('OK');
  },
);

describe('a password', () => {
  const login = async (username: string, password: string) => outcomeOf(await app.execute(LoginDocument, { input: { username, password } }));
  /** Puts the hash of a password as it was typed, as it was once done. */
  const keepAsTyped = async (person: Person, password: string) => {
    const database = await openTables(app);
    const passwordHash = await hash(password);
    await database.transaction((tx) => tx.db.updateTable('User').set({ passwordHash }).where('uuid', '=', person.user.uuid).execute());
  };

  it('is kept as an argon2id hash of 19 MiB and two passes, where the server is started as an operator starts it', async () => {
    const server = await startApp({}, {}, (config, { logger }) => createApp(config, { logger }));
    const { user } = await registerUser(server);
    const database = await openTables(server);
    const row = await database.read((tx) => tx.db.selectFrom('User').select('passwordHash').where('uuid', '=', user.uuid).executeTakeFirstOrThrow());
    expect(row.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('is the same however a device composes its letters', async () => {
    const { username } = await registerUser(app, { password: 'Caf\u00e9-grü\u00df-\uff11\uff12\uff13' });
    const forms = ['Caf\u00e9-gr\u00fcß-123', 'Cafe\u0301-gru\u0308ß-123', '\uff23af\u00e9-gr\u00fc\u00df-\uff11\uff12\uff13'];
    for (const form of forms) expect([form, await login(username, form)]).toEqual([form, 'OK']);
    for (const form of ['Cafe-gr\u00fcß-123', 'Caf\u00e8-gr\u00fcß-123']) expect([form, await login(username, form)]).toEqual([form, 'INVALID_CREDENTIALS']);
  });

  it('of before is good as it was typed, however short, and may be changed', async () => {
    const person = await registerUser(app);
    for (const typed of ['Cafe\u0301-123', '123456']) {
      await keepAsTyped(person, typed);
      expect(await login(person.username, typed)).toBe('OK');
      expect(await login(person.username, `${typed}x`)).toBe('INVALID_CREDENTIALS');
    }
    expect(outcomeOf(await person.execute(ChangePasswordDocument, { oldPassword: '123456', newPassword: 'another horse' }))).toBe('OK');
    expect(await login(person.username, 'another horse')).toBe('OK');
  });

  it('of many marks is no work for the server', async () => {
    const { username } = await registerUser(app);
    const began = performance.now();
    expect(await login(username, `a${'\u0301\u0323'.repeat(50_000)}`)).toBe('INVALID_CREDENTIALS');
    expect(outcomeOf(await register({ username: freshName(), password: `a${'\u0301\u0323'.repeat(50_000)}` }))).toBe('BAD_USER_INPUT password');
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('that is new is judged in the same way', async () => {
    const person = await registerUser(app);
    for (const newPassword of ['seven77', 'x'.repeat(129), 'password1', person.username.toUpperCase()])
      expect(outcomeOf(await person.execute(ChangePasswordDocument, { oldPassword: person.password, newPassword }))).toBe('BAD_USER_INPUT newPassword');
    expect(await login(person.username, person.password)).toBe('OK');
  });
});

describe('the first admin', () => {
  it.each(['seven77', 'password', 'administrator'])(
    'is not made with the password %s, which is no matter any more when there is one',
    async (ADMIN_PASSWORD) => {
      const empty = await createData();
      await expect(startApp({ ...empty, ADMIN_USERNAME: 'administrator', ADMIN_PASSWORD })).rejects.toThrow(/ADMIN_PASSWORD: /);
      const first = await startApp({ ...empty, ADMIN_USERNAME: 'administrator', ADMIN_PASSWORD: 'a password for tests' });
      await first.stop();
      const again = await startApp({ ...empty, ADMIN_USERNAME: 'administrator', ADMIN_PASSWORD });
      const login = await again.execute(LoginDocument, { input: { username: 'administrator', password: 'a password for tests' } });
      expect(login.data?.login?.user.role).toBe('ADMIN');
    },
  );

  it.each(['root', 'vishal_1'])('may be called %s', async (ADMIN_USERNAME) => {
    const named = await startApp({ ADMIN_USERNAME, ADMIN_PASSWORD: 'a password for tests' });
    const login = await named.execute(LoginDocument, { input: { username: ADMIN_USERNAME, password: 'a password for tests' } });
    expect(login.data?.login?.user.username).toBe(ADMIN_USERNAME);
    expect(() => readConfig({ ADMIN_USERNAME: 'VISABCD1234', ADMIN_PASSWORD: 'a password for tests' })).toThrow(/ADMIN_USERNAME: must/);
  });
});
