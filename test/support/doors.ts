import { expect } from 'vitest';
import type { TestApp } from './app.ts';
import { openRawSocket } from './raw-socket.ts';

/** What a door answers, as it came. */
export interface Outcome {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>> & { readonly code?: string; readonly field?: string };
  }[];
}

/** Asks by a text, on one of the doors. Variables go as JSON text, because `JSON.stringify` cannot nest as deep as a text can. */
export type Ask = (query: string, variables?: string, operationName?: string) => Promise<Outcome>;

const payloadOf = (query: string, variables: string, operationName?: string) =>
  `{"query":${JSON.stringify(query)},"variables":${variables}${operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`}}`;

/** Asks over HTTP, without a session where no token is given. */
export function overHttp(app: Pick<TestApp, 'url'>, token?: string): Ask {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return async (query, variables = '{}', operationName = undefined) =>
    (await fetch(app.url, { method: 'POST', headers, body: payloadOf(query, variables, operationName) })).json();
}

/** Asks over a socket of its own; of a subscription the first frame. */
export async function overSocket(app: Pick<TestApp, 'socketUrl'>, token: string): Promise<Ask> {
  const socket = await openRawSocket(app.socketUrl);
  await socket.init({ token });
  let lastId = 0;
  return async (query, variables = '{}', operationName = undefined) => {
    lastId += 1;
    const id = String(lastId);
    socket.send(`{"type":"subscribe","id":"${id}","payload":${payloadOf(query, variables, operationName)}}`);
    const frame = await socket.next(`the answer to ${query.slice(0, 50)}`);
    expect(frame.id).toBe(id);
    if (frame.type === 'error') return { errors: frame.payload as Outcome['errors'] & {} };
    await socket.until('complete', id);
    return frame.payload as Outcome;
  };
}

/** The code of the first error; undefined where there is none. */
export function codeOf({ errors }: Outcome): string | undefined {
  return errors?.[0]?.extensions?.code;
}
