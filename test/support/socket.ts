import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type Client, createClient } from 'graphql-ws';
import { type ClientOptions, WebSocket } from 'ws';
import type { Answer, AnswerError, Caller } from './client.ts';
import { dataOf } from './client.ts';
import { closeLater, within } from './lifetime.ts';
import { createQueue, patience, type Queue } from './queue.ts';
import { textOf } from './text-of.ts';

/** How a socket ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** The answers to one subscription, in order, each kept until it is taken. */
export interface Stream<R> {
  /** The data of the next answer; fails where it holds an error, where none comes in time, or where the stream has ended. */
  next(what?: string): Promise<R>;
  /** The next answer for which the predicate holds; those before it are dropped. */
  until(predicate: (data: R) => boolean, what?: string): Promise<R>;
  /** The next answer as it came, errors included. An operation that is refused as a whole gives its errors here. */
  answer(): Promise<Answer<R>>;
  /** Resolves when the server has completed the stream, or the socket is gone. */
  ended(): Promise<string>;
  /** What came and was not taken yet. */
  waiting(): readonly Answer<R>[];
  /** Everything that ever came. */
  all(): readonly Answer<R>[];
  /** Completes the stream from this side. */
  close(): void;
}

/** One connection of graphql-ws's own client. Closed at the end of the test that opened it. */
export interface Socket {
  readonly client: Client;
  /** The payload of the server's acknowledgement; fails where the server closes instead. */
  connected(): Promise<Record<string, unknown>>;
  /** How the socket ended; with retries, how it ended first. */
  closed(ms?: number): Promise<Closed>;
  subscribe<R, V>(document: TypedDocumentNode<R, V>, variables: V): Stream<R>;
  execute<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<Answer<R>>;
  /** As `execute`, and no error is expected. */
  ask<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R>;
  /** Cuts the connection without a close frame, as a lost network does. */
  cut(): void;
  close(): Promise<void>;
}

/** What a socket says when it connects. */
export interface SocketOptions extends Caller {
  /** `connectionParams.cursor` */
  readonly cursor?: string;
  /** In the place of everything else that `connectionParams` would hold. A function is asked on every connect. */
  readonly params?: Record<string, unknown> | (() => Record<string, unknown>);
  /** How often the client comes back by itself; default 0. */
  readonly retryAttempts?: number;
}

/** Opens a socket at once. `url` is the `ws://` address of the endpoint. */
export function openSocket(url: string, options: SocketOptions = {}): Socket {
  const { token, locale, cursor, headers, retryAttempts = 0 } = options;
  class TestWebSocket extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[], clientOptions?: ClientOptions) {
      super(address, protocols, { ...clientOptions, headers: { ...headers } });
    }
  }
  let current: WebSocket | null = null;
  const acks = createQueue<Record<string, unknown>>('the socket');
  const ends = createQueue<Closed>('the close of the socket');
  const client = createClient({
    url,
    webSocketImpl: TestWebSocket,
    lazy: false,
    retryAttempts,
    retryWait: () => Promise.resolve(),
    onNonLazyError: () => {},
    connectionParams: options.params ?? { token, locale, cursor },
    on: {
      connected: (socket, payload) => {
        if (socket instanceof WebSocket) current = socket;
        acks.push(payload ?? {});
      },
      closed: (event) => {
        const closed = closedOf(event);
        ends.push(closed);
        if (retryAttempts === 0) acks.end(`closed with ${closed.code} ${closed.reason}`);
      },
    },
  });

  const subscribe = <R, V>(document: TypedDocumentNode<R, V>, variables: V): Stream<R> => {
    const queue: Queue<Answer<R>> = createQueue(`the stream of ${operationOf(document)}`);
    const stop = client.subscribe<R>(
      { query: textOf(document), variables: typeof variables === 'object' ? { ...variables } : {} },
      {
        next: (result) => queue.push({ data: result.data ?? null, errors: result.errors ?? [] }),
        error: (error) => {
          if (Array.isArray(error)) queue.push({ data: null, errors: error.map(errorOf) });
          queue.end(Array.isArray(error) ? 'refused' : describe(error));
        },
        complete: () => queue.end('completed'),
      },
    );
    return {
      next: async (what) => dataOf(await queue.next(what)),
      until: async (predicate, what) => dataOf(await queue.until(({ data, errors }) => errors.length > 0 || (data !== null && predicate(data)), what)),
      answer: () => queue.next('an answer'),
      ended: () => queue.ended(),
      waiting: queue.waiting,
      all: queue.all,
      close: stop,
    };
  };
  const execute = async <R, V>(document: TypedDocumentNode<R, V>, variables: V) => await subscribe(document, variables).answer();
  const closed = async (ms = patience) => {
    await within(
      ends.until(() => true, 'a close', ms),
      ms + 100,
      () => 'The socket was not closed',
    );
    return ends.all()[0] ?? { code: 0, reason: '' };
  };
  const close = async () => {
    await client.dispose();
  };
  closeLater(close);

  return {
    client,
    connected: () => acks.next('the acknowledgement'),
    closed,
    subscribe,
    execute,
    ask: async (document, variables) => dataOf(await execute(document, variables)),
    cut: () => current?.terminate(),
    close,
  };
}

function operationOf(document: TypedDocumentNode<unknown, never>): string {
  const operation = document.definitions.find((definition) => definition.kind === 'OperationDefinition');
  return operation?.name?.value ?? 'an operation';
}

function closedOf(event: unknown): Closed {
  if (typeof event !== 'object' || event === null || !('code' in event) || !('reason' in event)) return { code: 0, reason: '' };
  return { code: Number(event.code), reason: String(event.reason) };
}

function errorOf(error: unknown): AnswerError {
  // graphql-ws gives the errors of the frame as they came; a copy frees them of their class.
  return JSON.parse(JSON.stringify(error));
}

function describe(error: unknown): string {
  if (error instanceof Error) return error.message;
  const { code, reason } = closedOf(error);
  return `the socket closed with ${code} ${reason}`;
}
