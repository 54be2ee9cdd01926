import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { catalogue } from '../../kernel/errors.ts';
import { pickLocale } from '../../kernel/locale.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Engine } from '../engine.ts';
import type { Addresses } from './addresses.ts';
import { answerTypeOf } from './answer-type.ts';
import type { Arriving } from './arriving.ts';
import { acceptedCodings, createCompress } from './compression.ts';
import { tokenOfHeader } from './credentials.ts';
import type { Graphiql } from './graphiql.ts';
import type { Health } from './health.ts';
import { Aborted, createBodies, tooLarge } from './http-body.ts';
import { createLines } from './http-line.ts';
import { type Answered, type HttpWriterOptions, writeAnswer } from './http-writer.ts';
import { corsHeaders, type Origins, preflightHeaders } from './origins.ts';
import { answerPlain, type RequestFacts } from './plain.ts';
import { type Target, targetOf } from './target.ts';
import type { createHttpGraphql } from './yoga.ts';

/** What the door for HTTP is made of. */
export interface HttpDoorOptions {
  readonly engine: Engine;
  readonly graphql: ReturnType<typeof createHttpGraphql>;
  readonly health: Health;
  readonly logger: Logger;
  readonly origins: Origins;
  /** The page for browsers; null where there is none. */
  readonly graphiql: Graphiql | null;
  /** The most that a body may have. */
  readonly bodyBytes: number;
  readonly arriving: Arriving;
  /** The session check for a token. */
  readonly authenticate: (token: string) => Promise<Viewer>;
  readonly addresses: Addresses;
  readonly writing: HttpWriterOptions;
}

/** The door for HTTP, with and without a port. */
export interface HttpDoor {
  /** For requests, those with `Expect: 100-continue` included: they are told to go on when their body is wanted. */
  readonly listener: RequestListener;
  /** For CONNECT. */
  readonly refuseTunnel: (request: IncomingMessage, socket: Duplex) => void;
  /** The same for a request inside this process. */
  fetch(request: Request): Promise<Response>;
}

interface Asked {
  readonly method: string;
  readonly target: Target;
  readonly header: (name: string) => string | undefined;
  /** The body, or `tooLarge`. */
  readonly body: () => Promise<Buffer<ArrayBuffer> | typeof tooLarge>;
  /** From where it comes: see `Addresses`. */
  readonly address: () => string;
  readonly isAwaited: () => boolean;
  /** Calls, once, when nobody waits for the answer any more. */
  readonly onGone: (stop: () => void) => void;
}

const methods = 'GET, HEAD, POST, OPTIONS';

/** Makes the door. It answers /graphql, /healthz and /readyz and nothing else, reads JSON and nothing else, and bounds what it reads. */
export function createHttpDoor(options: HttpDoorOptions): HttpDoor {
  const { engine, graphql, health, logger, origins, graphiql, bodyBytes, arriving, authenticate, addresses, writing } = options;

  const answer = async (asked: Asked): Promise<Answered> => {
    const { method, target } = asked;
    if (target.path === '*' && method === 'OPTIONS') return { status: 204, headers: { allow: methods }, body: '' };
    if (target.path === '/healthz' || target.path === '/readyz') return await answerHealth(method, target.path);
    const file = method === 'GET' || method === 'HEAD' ? await graphiql?.file(target.path, asked.header) : null;
    if (file) return file;
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
    if (!isAllowed) return refuse(403, '不允许的来源，请在 ALLOWED_ORIGINS 中添加', 'This origin is not in ALLOWED_ORIGINS');
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
    // Else each byte that is none would become another character, and be stored so.
    if (body !== undefined && !isUtf8(body)) return refuse(400, '请求内容不是 UTF-8', 'The body is not UTF-8');
    if (body === undefined && !isUtf8Search(target.search))
      return refuse(400, '地址中的参数须为百分号编码的 UTF-8', 'Parameters in the address have to be UTF-8, percent-encoded');

    const token = tokenOfHeader(header('authorization'));
    const { isAwaited, onGone, address } = asked;
    const facts: RequestFacts = { locale, address, isAwaited, onGone, authenticate: async () => (token === null ? null : authenticate(token)) };
    const plainly = body === undefined ? null : await answerPlain(engine, body, accept, facts);
    if (plainly !== null) {
      const { status, type: contentType } = plainly;
      return { status, headers: { ...sameForAll, 'content-type': contentType, ...(status === 503 && retrySoon) }, body: plainly.body };
    }
    const request = new graphql.fetchAPI.Request(`http://parley${target.path}${target.search}`, {
      method,
      headers: { accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
    });
    const response = await graphql.fetch(request, facts);
    const headers: Record<string, string> = { ...sameForAll };
    for (const name of ['content-type', 'allow']) {
      const value = response.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    if (response.status === 503) Object.assign(headers, retrySoon);
    return { status: response.status, headers, body: await response.text() };
  };

  const coded = async (asked: Asked): Promise<Answered> => {
    const answered = await answer(asked);
    return asked.isAwaited() ? await compress(answered, acceptedCodings(asked.header('accept-encoding'))) : answered;
  };

  const guarded = async (asked: Asked): Promise<Answered> => {
    const began = performance.now();
    const answered = await coded(asked).catch((error: unknown) => {
      if (error instanceof Aborted) return { status: 499, headers: {}, body: '' };
      logger.error({ err: error }, 'a request failed');
      return refusal(500, catalogue.INTERNAL.en, {}, 'INTERNAL');
    });
    logger.debug(
      { method: asked.method, path: asked.target.path.slice(0, 100), status: answered.status, ms: Math.round(performance.now() - began) },
      'request',
    );
    return answered;
  };

  const compress = createCompress();
  const lines = createLines();
  const bodies = createBodies(bodyBytes, arriving);

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse, asked: Asked) => {
    const answered = await guarded(asked);
    // The next request of this connection ought to go to another node, and the stop does not wait for it.
    if (health.isStopping()) outgoing.shouldKeepAlive = false;
    writeAnswer(incoming, outgoing, answered, writing);
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
        method: incoming.method ?? 'GET',
        target: targetOf(incoming.url ?? '/'),
        header: (name) => {
          const value = incoming.headers[name];
          return (Array.isArray(value) ? value.join(', ') : value) || undefined;
        },
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
    refuseTunnel: (_request, socket) => {
      socket.on('error', () => {});
      socket.end(`HTTP/1.1 405 Method Not Allowed\r\nAllow: ${methods}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
    },
    async fetch(request) {
      const { pathname, search, host } = new URL(request.url);
      const { status, headers, body } = await guarded({
        method: request.method,
        address: () => '',
        target: { path: pathname, search, host },
        header: (name) => request.headers.get(name) ?? undefined,
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
      return new Response(status === 204 || status === 304 ? null : body, { status, headers });
    },
  };
}

const sameForAll: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const retrySoon: Readonly<Record<string, string>> = { 'retry-after': '1' };

function plain(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Answered {
  return { status, headers: { ...sameForAll, 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(value) };
}

function refusal(status: number, message: string, headers: Readonly<Record<string, string>>, code = 'BAD_QUERY'): Answered {
  return plain(status, { errors: [{ message, extensions: { code } }] }, headers);
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
