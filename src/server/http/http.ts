import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { catalogue } from '../../kernel/errors.ts';
import { pickLocale } from '../../kernel/locale.ts';
import { looksLikeServerKey } from '../../kernel/server-caller.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Engine } from '../engine.ts';
import type { Addresses } from './addresses.ts';
import { answerTypeOf } from './answer-type.ts';
import type { Arriving } from './arriving.ts';
import { type ArrivingBody, type BodyTaking, bodyOf, createArrivingBody } from './arriving-body.ts';
import type { Askers } from './askers.ts';
import { acceptedCodings, createCompress } from './compression.ts';
import { tokenOfHeader } from './credentials.ts';
import type { FileDoors } from './file-doors.ts';
import type { Graphiql } from './graphiql.ts';
import type { Health } from './health.ts';
import { Aborted, createBodies, inTooManyPieces, mostPieces, type NoBody, slowestMs, tooLarge, tooSlow } from './http-body.ts';
import { createLines } from './http-line.ts';
import { type Answered, type HttpWriterOptions, writeAnswer } from './http-writer.ts';
import { createHttpIntake, type Intake } from './intake.ts';
import { corsHeaders, type Origins, preflightHeaders } from './origins.ts';
import type { Pages } from './pages.ts';
import { answerPlain, type RequestFacts } from './plain.ts';
import { requestIdOf } from './request-ids.ts';
import { retryAfterIn } from './retry-after.ts';
import { type Target, targetOf } from './target.ts';
import type { createHttpGraphql } from './yoga.ts';

/** What the door for HTTP is made of. */
export interface HttpDoorOptions {
  readonly engine: Engine;
  readonly graphql: ReturnType<typeof createHttpGraphql>;
  readonly health: Health;
  readonly logger: Logger;
  readonly origins: Origins;
  /** The pages for people; null where they are off. */
  readonly pages: Pages | null;
  /** The page for those who write clients; null where there is none. */
  readonly graphiql: Graphiql | null;
  /** The most that a body may have. */
  readonly bodyBytes: number;
  readonly arriving: Arriving;
  readonly intake: Intake;
  readonly askers: Askers;
  readonly addresses: Addresses;
  readonly writing: HttpWriterOptions;
  readonly files: FileDoors;
  /** For how long nothing may come of an upload, in milliseconds. */
  readonly uploadStallMs: number;
}

/** The door for HTTP, with and without a port. */
export interface HttpDoor {
  /** For requests, those with `Expect` included: with 100-continue they are told to go on when their body is wanted. The server asks for no `Host`. */
  readonly listener: RequestListener;
  /** For each new connection. */
  readonly connected: (socket: Socket) => void;
  /** For CONNECT. */
  readonly refuseTunnel: (request: IncomingMessage, socket: Duplex) => void;
  /** The same for a request inside this process. */
  fetch(request: Request): Promise<Response>;
}

interface Asked {
  /** What the request is called in the log. */
  readonly requestId: string;
  readonly method: string;
  readonly target: Target;
  /** Undefined where it was not sent, or is empty. */
  readonly header: (name: string) => string | undefined;
  /** Whether a header was sent, empty or not. */
  readonly isSent: (name: string) => boolean;
  /** The body, or why there is none. */
  readonly body: () => Promise<Buffer<ArrayBuffer> | NoBody>;
  /** The body as it comes; see `ArrivingBodyOptions`. */
  readonly arriving: (taking: BodyTaking) => ArrivingBody;
  /** From where it comes: see `Addresses`. */
  readonly address: () => string;
  readonly isAwaited: () => boolean;
  /** Calls, once, when nobody waits for the answer any more. */
  readonly onGone: (stop: () => void) => void;
}

const methods = 'GET, HEAD, POST, OPTIONS';

/** Makes the door. It answers /graphql, /healthz, /readyz, the pages and what the doors of files do, reads JSON but for them, and bounds what it reads. */
export function createHttpDoor(options: HttpDoorOptions): HttpDoor {
  const { engine, graphql, health, logger, origins, pages, graphiql, bodyBytes, arriving, askers, addresses, writing, files, uploadStallMs } = options;
  const intake = createHttpIntake(options.intake);

  const answer = async (asked: Asked): Promise<Answered> => {
    const { method, target } = asked;
    if (target.path === '*' && method === 'OPTIONS') return { status: 204, headers: { allow: methods }, body: '' };
    if (target.path === '/healthz' || target.path === '/readyz') return await answerHealth(method, target.path);
    if (files.leadsHere(target.path)) return await files.answer(asked);
    if (method === 'GET' || method === 'HEAD') {
      const file = (await graphiql?.file(target.path, asked.header)) ?? (await pages?.answer(target.path, asked.header));
      if (file) return file;
    }
    if (target.path !== '/graphql') return plain(404, { error: 'There is nothing here. The API is at /graphql.' });
    const origin = asked.header('origin');
    const isAllowed = origins.allows(origin, target.host ?? asked.header('host'));
    const answered = await answerGraphql(asked, isAllowed);
    const vary = ['Origin', 'Accept-Encoding', answered.headers.vary].filter((name) => name !== undefined).join(', ');
    return { ...answered, headers: { ...answered.headers, ...corsHeaders(origin, isAllowed), vary } };
  };

  const answerHealth = async (method: string, path: string): Promise<Answered> => {
    if (method !== 'GET' && method !== 'HEAD') return plain(405, { error: 'Use GET' }, { allow: 'GET, HEAD' });
    if (path === '/healthz') return plain(200, { status: 'ok' });
    const missing = await health.missing();
    return missing.length === 0 ? plain(200, { status: 'ready' }) : plain(503, { status: 'not ready', missing }, retrySoon);
  };

  const answerGraphql = async (asked: Asked, isAllowed: boolean): Promise<Answered> => {
    const { target, header } = asked;
    const locale = pickLocale(header('accept-language'));
    const refuse = (status: number, zh: string, en: string, headers = {}) => refusal(status, { zh, en }[locale], headers);
    const token = tokenOfHeader(header('authorization'));
    const comesWithKey = token !== null && looksLikeServerKey(token);
    // A server key that is in a page goes on, to be refused as that and said in the log, whichever page it is: to allow the page would be no remedy.
    if (!isAllowed && !comesWithKey) return refuse(403, '不允许的来源，请在 ALLOWED_ORIGINS 中添加', 'This origin is not in ALLOWED_ORIGINS');
    if (asked.method === 'OPTIONS')
      return { status: 204, headers: { allow: methods, ...preflightHeaders(header('access-control-request-headers')) }, body: '' };
    // HEAD is GET without the body (RFC 9110, section 9.3.2).
    const method = asked.method === 'HEAD' ? 'GET' : asked.method;
    if (method !== 'GET' && method !== 'POST') return refuse(405, '只支持 GET 和 POST', 'Use GET or POST', { allow: methods });

    if (graphiql && method === 'GET' && header('accept')?.includes('text/html')) return await graphiql.page(header);
    const accept = answerTypeOf(header('accept'));
    if (accept === null) return refuse(406, '不支持所请求的格式', 'This speaks application/json and application/graphql-response+json');
    const { coding, plain: takesPlain } = acceptedCodings(header('accept-encoding'));
    if (coding === null && !takesPlain) return refuse(406, '不支持所请求的压缩方式', 'Answers come as they are, or as gzip or br');
    const type = header('content-type') ?? '';
    if (method === 'POST' && !/^application\/json *(;|$)/i.test(type))
      return refuse(415, '请使用 application/json', 'Send application/json', { 'accept-post': 'application/json' });
    if (!isUtf8Type(type)) return refuse(415, '请使用 UTF-8', 'Send UTF-8', { 'accept-post': 'application/json' });
    if (!/^(identity)?$/i.test(header('content-encoding')?.trim() ?? ''))
      return refuse(415, '请发送未压缩的内容', 'Send the body without a Content-Encoding', { 'accept-encoding': 'identity' });
    if (!/^(chunked)?$/i.test(header('transfer-encoding')?.trim() ?? ''))
      return refuse(501, '不支持的 Transfer-Encoding', 'No Transfer-Encoding but chunked is read', { connection: 'close' });
    const body = method === 'POST' ? await asked.body() : undefined;
    if (body === tooLarge || target.search.length > bodyBytes)
      return refuse(413, `请求不能超过 ${bodyBytes} 字节`, `A request may have at most ${bodyBytes} bytes`, { connection: 'close' });
    if (body === inTooManyPieces)
      return refuse(400, `请求内容最多分 ${mostPieces} 块发送`, `Send the body in at most ${mostPieces} pieces`, { connection: 'close' });
    if (body === tooSlow)
      return refuse(408, `请求须在 ${slowestMs / 1000} 秒内发完`, `A request has to come within ${slowestMs / 1000} s`, { connection: 'close' });
    // Else each byte that is none would become another character, and be stored so.
    if (body !== undefined && !isUtf8(body)) return refuse(400, '请求内容不是 UTF-8', 'The body is not UTF-8');
    if (body === undefined && !isUtf8Search(target.search))
      return refuse(400, '地址中的参数须为百分号编码的 UTF-8', 'Parameters in the address have to be UTF-8, percent-encoded');

    const { requestId, isAwaited, onGone, address } = asked;
    // An empty one is not none: whoever meant to act as somebody, and had nobody's id, must not act as itself.
    const said = (name: string) => header(name) ?? (asked.isSent(name) ? '' : undefined);
    const facts: RequestFacts = {
      locale,
      requestId,
      address,
      isAwaited,
      onGone,
      authenticate: () => askers.require({ token, actAs: said('parley-act-as'), origin: said('origin'), address }),
      comesWithKey,
    };
    const plainly = body === undefined ? null : await answerPlain(engine, body, accept, facts);
    if (plainly !== null) {
      const { status, type: contentType, retryAfter } = plainly;
      return { status, headers: { ...sameForAll, 'content-type': contentType, ...retryHeader(status, retryAfter) }, body: plainly.body };
    }
    const request = new graphql.fetchAPI.Request(`http://parley${target.path}${target.search}`, {
      method,
      headers: { accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
    });
    const response = await graphql.fetch(request, facts);
    const headers: Record<string, string> = { ...sameForAll };
    for (const name of ['content-type', 'allow', 'retry-after']) {
      const value = response.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    const text = await response.text();
    return { status: response.status, headers: { ...headers, ...retryHeader(response.status, retryAfterIn(text)) }, body: text };
  };

  const coded = async (asked: Asked): Promise<Answered> => {
    const answered = await answer(asked);
    return asked.isAwaited() ? await compress(answered, acceptedCodings(asked.header('accept-encoding'))) : answered;
  };

  const guarded = async (asked: Asked): Promise<Answered> => {
    const began = performance.now();
    const answered = await coded(asked).catch((error: unknown) => {
      if (error instanceof Aborted) return { status: 499, headers: {}, body: '' };
      logger.error({ requestId: asked.requestId, err: error }, 'a request failed');
      return refusal(500, catalogue.INTERNAL.en, {}, { code: 'INTERNAL', requestId: asked.requestId });
    });
    const { requestId, method, target } = asked;
    logger.debug({ requestId, method, path: target.path.slice(0, 100), status: answered.status, ms: Math.round(performance.now() - began) }, 'request');
    return answered;
  };

  const compress = createCompress();
  const lines = createLines(intake);
  const bodies = createBodies(bodyBytes, arriving, intake);

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse, asked: Asked) => {
    const answered = unfitOf(incoming) ?? (await guarded(asked));
    // The next request of this connection ought to go to another node, and the stop does not wait for it.
    if (health.isStopping()) outgoing.shouldKeepAlive = false;
    writeAnswer(incoming, outgoing, answered, { ...writing, intake });
  };

  return {
    listener: (incoming, outgoing) => {
      let gone = false;
      let stop: (() => void) | null = null;
      outgoing.on('close', () => {
        gone = !outgoing.writableFinished;
        if (gone) stop?.();
      });
      const asked: Asked = {
        requestId: requestIdOf(incoming, addresses),
        method: incoming.method ?? 'GET',
        target: targetOf(incoming.url ?? '/'),
        header: (name) => {
          const value = incoming.headers[name];
          return (Array.isArray(value) ? value.join(', ') : value) || undefined;
        },
        isSent: (name) => incoming.headers[name] !== undefined,
        arriving: (taking) =>
          createArrivingBody(incoming, {
            intake,
            stallMs: uploadStallMs,
            taking,
            onWanted: () => {
              if (incoming.headers.expect !== undefined) outgoing.writeContinue();
            },
          }),
        body: () => {
          if (incoming.headers.expect !== undefined && Number(incoming.headers['content-length'] ?? 0) <= bodyBytes) outgoing.writeContinue();
          return bodies.read(incoming);
        },
        address: addresses.of(incoming),
        isAwaited: () => !gone,
        onGone: (wanted) => {
          if (gone) wanted();
          else stop = wanted;
        },
      };
      lines.enter(incoming.socket, outgoing, () => void serve(incoming, outgoing, asked));
    },
    connected: intake.began,
    refuseTunnel: (_request, socket) => {
      socket.on('error', () => {});
      socket.end(`HTTP/1.1 405 Method Not Allowed\r\nAllow: ${methods}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
    },
    async fetch(request) {
      const { pathname, search, host } = new URL(request.url);
      const { status, headers, body } = await guarded({
        requestId: randomUUID(),
        method: request.method,
        address: () => '',
        target: { path: pathname, search, host },
        header: (name) => request.headers.get(name) || undefined,
        isSent: (name) => request.headers.has(name),
        arriving: () => bodyOf(request),
        body: async () => {
          const bytes = Buffer.from(await request.arrayBuffer());
          return bytes.length > bodyBytes ? tooLarge : bytes;
        },
        isAwaited: () => !request.signal.aborted,
        onGone: (stop) => {
          if (request.signal.aborted) stop();
          else request.signal.addEventListener('abort', stop, { once: true });
        },
      });
      return new Response(status === 204 || status === 304 ? null : body instanceof Readable ? streamOf(body) : body, { status, headers });
    },
  };
}

/**
 * The answer to what is no request of HTTP/1.1; null for one that is. Given here because Node would give it at once, past the line of the connection:
 * whoever sends thousands of them would have as many answers in one turn of the event loop.
 */
function unfitOf({ httpVersion, headers }: IncomingMessage): Answered | null {
  if (httpVersion !== '1.1') return null;
  if (headers.host === undefined) return plain(400, { error: 'A request needs the header Host' }, { connection: 'close' });
  if (headers.expect === undefined || /(?:^|\W)100-continue(?:$|\W)/i.test(headers.expect)) return null;
  return plain(417, { error: 'Nothing can be expected but 100-continue' }, { connection: 'close' });
}

const sameForAll: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const retrySoon: Readonly<Record<string, string>> = { 'retry-after': '1' };

function retryHeader(status: number, retryAfter: string | null): Readonly<Record<string, string>> {
  if (retryAfter !== null) return { 'retry-after': retryAfter };
  return status === 503 ? retrySoon : {};
}

function plain(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Answered {
  return { status, headers: { ...sameForAll, 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(value) };
}

function refusal(status: number, message: string, headers: Readonly<Record<string, string>>, extensions: object = { code: 'BAD_QUERY' }): Answered {
  return plain(status, { errors: [{ message, extensions }] }, headers);
}

/** What is read, for whoever takes it inside this process. */
function streamOf(body: Readable): ReadableStream<Uint8Array> {
  const pieces: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void body.destroy(),
  });
}

/** Whether a `Content-Type` names no other character set. What else stands there is about nothing that is read here. */
function isUtf8Type(type: string): boolean {
  return [...type.matchAll(/; *charset *= *([^;]*)/gi)].every(([, name = '']) => /^("?)utf-?8\1 *$/i.test(name));
}

/** Whether what stands behind the question mark means UTF-8; Node lets nothing in there that is not ASCII. */
function isUtf8Search(search: string): boolean {
  const meant = search.replace(/%[\da-f]{2}/gi, (escaped) => String.fromCharCode(Number.parseInt(escaped.slice(1), 16)));
  return isUtf8(Buffer.from(meant, 'latin1'));
}
