import { createHash, randomUUID } from 'node:crypto';
import type { Database } from '../../src/platform/database.ts';
import { UpsertUserDocument, type UpsertUserInput, type UpsertUserMutation } from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { present } from './client.ts';
import { idsOf, openTables } from './groups.ts';
import type { KeyClient } from './server-keys.ts';

/** Makes a provider that nobody can come in by, and gives its key. */
export async function insertProvider(app: TestApp, key: string, opened?: Database): Promise<string> {
  const tables = opened ?? (await openTables(app));
  const row = {
    uuid: randomUUID(),
    key,
    name: key,
    kind: 'JWKS',
    jwksUrl: 'https://id.example.com/keys',
    issuer: key,
    audience: 'parley',
    enabled: 1,
  } as const;
  await tables.transaction((tx) =>
    tx.db
      .insertInto('Provider')
      .values({ ...row, createdAt: 1 })
      .execute(),
  );
  return key;
}

/** An id that no provider has told of yet. */
export function freshExternalId(): string {
  return `person ${randomUUID()}`;
}

/** Makes somebody of a provider's, or changes them; what is not said is made up. */
export async function upsertUser(server: KeyClient, input: Partial<UpsertUserInput> = {}): Promise<NonNullable<UpsertUserMutation['upsertUser']>> {
  const { upsertUser: user } = await server.ask(UpsertUserDocument, { input: { externalId: freshExternalId(), ...input } });
  return present(user, 'the person');
}

/** Makes somebody who has come in another way a person of the only provider, without a word to anybody and with all their sessions; gives the id. */
export async function insertExternal(app: TestApp, user: { readonly uuid: string }, traits: string | null = null, opened?: Database): Promise<string> {
  const tables = opened ?? (await openTables(app));
  const [userId = 0] = await idsOf(tables, [user]);
  const externalId = freshExternalId();
  const externalKey = createHash('sha256').update(externalId).digest('hex');
  await tables.transaction(async (tx) => {
    const { id: providerId } = await tx.db.selectFrom('Provider').select('id').executeTakeFirstOrThrow();
    await tx.db.insertInto('ExternalPerson').values({ providerId, externalKey, externalId, userId, traits, createdAt: 1 }).execute();
  });
  return externalId;
}
