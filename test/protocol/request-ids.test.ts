import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { SessionsDocument } from '../generated/graphql.ts';
import { type Env, startApp } from '../support/app.ts';
import type { Answer } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { registerUser } from '../support/people.ts';

/** A server of which one table is gone: whoever asks for their sessions is answered with INTERNAL. */
async function startBroken(env: Env = {}) {
  const app = await startApp({ LOG_LEVEL: 'debug', SESSION_CACHE_SECONDS: '60', ...env });
  const person = await registerUser(app);
  const socket = person.socket();
  await socket.connected();
  const database = await openTables(app);
  await database.transaction((tx) => sql.raw('alter table session rename to taken_away').execute(tx.db));
  const linesOf = (id: unknown) =>
    app
      .logs()
      .filter((line) => JSON.parse(line).requestId === id)
      .map((line): string => JSON.parse(line).msg);
  const ask = async (headers: Readonly<Record<string, string>> = {}) => idOf(await app.execute(SessionsDocument, {}, { token: person.token, headers }));
  return { app, socket, linesOf, ask };
}

function idOf(answer: Answer<unknown>): unknown {
  expect(answer.errors).toMatchObject([{ extensions: { code: 'INTERNAL', errorId: expect.any(String), requestId: expect.any(String) } }]);
  return answer.errors[0]?.extensions?.requestId;
}

describe('the id of a request', () => {
  it('is told with INTERNAL and stands in each line of the log about the request', async () => {
    const { ask, linesOf } = await startBroken();
    const [one, other] = [await ask(), await ask()];
    expect(one).not.toBe(other);
    for (const id of [one, other]) expect(linesOf(id)).toEqual(['internal error', 'request']);
  });

  it('is the one of a trusted proxy where it looks like one, and nobody else’s', async () => {
    const { ask, linesOf } = await startBroken({ TRUSTED_PROXIES: '127.0.0.1' });
    const given = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(await ask({ 'x-request-id': given })).toBe(given);
    expect(linesOf(given)).toEqual(['internal error', 'request']);
    for (const bad of ['short', 'x'.repeat(65), 'with blank', '{"json":1}', 'a,b'.repeat(5)])
      expect(await ask({ 'x-request-id': bad }), bad).toMatch(/^[0-9a-f-]{36}$/);
    const other = await startBroken();
    expect(await other.ask({ 'x-request-id': given })).not.toBe(given);
  });

  it('names a socket and the number of its operation', async () => {
    const { socket, linesOf } = await startBroken();
    const [one, other] = [idOf(await socket.execute(SessionsDocument, {})), idOf(await socket.execute(SessionsDocument, {}))];
    expect(one).toMatch(/^[\w-]+\.[\w-]+\.1$/);
    expect(other).toBe(String(one).replace(/1$/, '2'));
    expect(linesOf(other)).toEqual(['internal error']);
  });
});
