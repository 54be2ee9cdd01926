import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EventsDocument, MeDocument, RegisterDocument, SendMessageDocument, UpdateChatsetDocument } from '../generated/graphql.ts';
import { dataOf, executeHttp, present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { emptyFolder } from '../support/operator.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { openSocket } from '../support/socket.ts';

/** A span, as it is sent by OTLP in JSON. */
interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string; readonly intValue?: number } }[];
}

interface Sent {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

/** A collector that keeps what it is sent. */
async function openCollector() {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += String(piece);
    const { resourceSpans }: Sent = JSON.parse(text);
    for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => server.close());
  closeLater(() => server.closeAllConnections());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { spans, url: `http://127.0.0.1:${address.port}` };
}

it('an SDK that is loaded as deploy/tracing.mjs does gets spans, which hold nothing that people wrote or are called', async () => {
  const { spans, url: collector } = await openCollector();
  const server = await startProcess(await freePort(), {
    DATA_DIR: emptyFolder(),
    NODE_OPTIONS: `--import=${fileURLToPath(new URL('../../deploy/tracing.mjs', import.meta.url))}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    DRAIN_SECONDS: '1',
  });
  const api = `${server.url}/graphql`;
  const register = async (username: string) =>
    present(dataOf(await executeHttp(api, RegisterDocument, { input: { username, password: 'mark-password' } })).register);
  const [one, other] = [await register('mark_one'), await register('mark_two')];
  await executeHttp(api, UpdateChatsetDocument, { input: { user: { sendCount: 2, needFollow: false } } }, { token: other.token });
  const socket = openSocket(api.replace('http', 'ws'), { token: other.token });
  const stream = socket.subscribe(EventsDocument, {});
  await stream.until(({ events }) => events.__typename === 'CaughtUp');
  const send = { input: { to: other.user.id, clientId: randomUUID(), content: { text: 'mark-text' } } };
  dataOf(await executeHttp(api, SendMessageDocument, send, { token: one.token }));
  await stream.until(({ events }) => events.__typename === 'MessageSent');
  await executeHttp(api, MeDocument, {}, { token: `${one.token}x` });
  server.kill('SIGTERM');
  await server.exit;

  const named = (name: string) =>
    present(
      spans.find((span) => span.name === name),
      `${name} among ${[...new Set(spans.map((span) => span.name))].join(', ')}`,
    );
  const told = (span: Span) => Object.fromEntries(span.attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
  const sent = named('mutation sendMessage');
  expect(told(sent)).toEqual({ 'parley.type': 'mutation', 'parley.field': 'sendMessage', 'parley.outcome': 'ok' });
  const written = spans.filter(({ name, parentSpanId }) => name === 'transaction' && parentSpanId === sent.spanId);
  // The one that finds that there is no conversation yet, the one that finds that it is to a stranger, and the one that makes it.
  expect(written.map(told)).toEqual(Array(3).fill({ 'parley.attempts': 1, 'parley.outcome': 'ok' }));
  expect(told(named('subscription events'))).toMatchObject({ 'parley.outcome': 'ok' });
  expect(told(named('refused'))).toMatchObject({ 'parley.outcome': 'TOKEN_INVALID' });
  const batches = spans.filter(({ name }) => name === 'fan-out batch');
  expect(batches.some((span) => told(span)['parley.deliveries'] === 1)).toBe(true);
  expect(batches.map(({ parentSpanId }) => parentSpanId ?? '')).toEqual(batches.map(() => ''));
  const all = JSON.stringify(spans);
  for (const secret of ['mark', '127.0.0.1', one.token, other.token, one.user.id, one.user.uuid, other.user.uuid]) expect(all, secret).not.toContain(secret);
});
