import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { ServerKeyRow } from '../../src/features/server-keys/server-key.entity.ts';
import type { Database } from '../../src/platform/database.ts';
import { CreateServerKeyDocument, type ServerKeyPartsFragment, type ServerRight } from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { dataOf, executeHttp, type HttpAnswer, present } from './client.ts';
import { loginAdmin, type Person } from './people.ts';

/** One of the operator's servers, which asks with a key. */
export interface KeyClient {
  readonly app: TestApp;
  readonly secret: string;
  /** Null for the key of the environment. */
  readonly key: ServerKeyPartsFragment | null;
  /** Runs an operation over HTTP with the key. */
  execute<R, V>(document: TypedDocumentNode<R, V>, variables: V, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer<R>>;
  /** As `execute`, and no error is expected. */
  ask<R, V>(document: TypedDocumentNode<R, V>, variables: V, headers?: Readonly<Record<string, string>>): Promise<R>;
  /** The same key, acting as somebody: `uuid:…` or `external:…`, as the header says it, or the uuid of a person. */
  actingAs(who: string | Pick<Person, 'user'>): KeyClient;
  /** The same key through another node. */
  at(app: TestApp): KeyClient;
}

/** A server that asks with a key that is known already, such as the one of the environment. */
export function clientWithKey(app: TestApp, secret: string, key: ServerKeyPartsFragment | null = null, actsAs: string | null = null): KeyClient {
  const acting: Readonly<Record<string, string>> = actsAs === null ? {} : { 'parley-act-as': actsAs };
  const execute: KeyClient['execute'] = (document, variables, headers = {}) =>
    executeHttp(app.url, document, variables, { token: secret, headers: { ...acting, ...headers } });
  return {
    app,
    secret,
    key,
    execute,
    ask: async (document, variables, headers) => dataOf(await execute(document, variables, headers)),
    actingAs: (who) => clientWithKey(app, secret, key, typeof who === 'string' ? (who.includes(':') ? who : `uuid:${who}`) : `uuid:${who.user.uuid}`),
    at: (other) => clientWithKey(other, secret, key, actsAs),
  };
}

/** A server with a new key that has these rights. The app has to be started with `adminEnv`; `admin` spares the login. */
export async function keyClient(app: TestApp, rights: readonly ServerRight[], admin?: Person): Promise<KeyClient> {
  const maker = admin ?? (await loginAdmin(app));
  const { createServerKey } = await maker.ask(CreateServerKeyDocument, { name: `key for ${rights.join(', ')}`.slice(0, 50), rights: [...rights] });
  const { secret, key } = present(createServerKey, 'the key');
  return clientWithKey(app, secret, key);
}

/** What is kept of a key. */
export function rowOfKey(tables: Database, { secret }: KeyClient): Promise<ServerKeyRow> {
  return tables.read((tx) => tx.db.selectFrom('ServerKey').selectAll().where('ending', '=', secret.slice(-4)).orderBy('id', 'desc').executeTakeFirstOrThrow());
}
