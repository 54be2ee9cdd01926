import { createClient } from 'graphql-ws';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { closeCodeOf, errorCodes } from '../../src/kernel/errors.ts';
import { type Closing, closingOf, closings } from '../../src/server/socket/closing.ts';
import { variables } from '../../src/variables.ts';
import { closeLater } from '../support/lifetime.ts';
import { tableRows } from './documents.ts';
import { filesIn, readText } from './sources.ts';

const operations = readText('docs/operations.md');
const protocol = readText('docs/protocol.md');
const sources = filesIn('src', '.ts').map((file) => readText(file));

it('the defaults that docs/operations.md and docs/protocol.md name are those of the configuration', () => {
  const named = [operations, protocol].flatMap((page) => [...page.matchAll(/`([A-Z][A-Z_]+)` \(([\w:.]+)\)/g)]);
  expect(named.length).toBeGreaterThan(20);
  const wrong = named.filter(([, name = '', value]) => {
    const schema = Object.entries(variables).find(([key]) => key === name)?.[1];
    return schema === undefined || String(schema.safeParse(undefined).data) !== value;
  });
  expect(wrong.map(([whole]) => whole)).toEqual([]);
});

it('every variable that the pages name exists', () => {
  const named = [operations, protocol].flatMap((page) => [...page.matchAll(/`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`/g)].map(([, name = '']) => name));
  const others: readonly string[] = [...errorCodes, 'NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS'];
  expect(named.filter((name) => !(name in variables) && !others.includes(name))).toEqual([]);
});

it('docs/operations.md has every line that is logged from info on, with its level', () => {
  const logged = sources.flatMap((text) =>
    [...text.matchAll(/logger\??\.(info|warn|error|fatal)\((?:[^;]*?, )?'([^']+)'\)/g)].map(([, level, line]) => `${line} (${level})`),
  );
  const other = sources.flatMap((text) => [...text.matchAll(/logger\[level\]\([^;]*?'([^']+)'\)/g)].map(([, line]) => `${line} (error)`));
  const written = tableRows(operations, 'line', 'level', 'what it means', 'what to do').map(([line = '', level]) => `${line.replaceAll('`', '')} (${level})`);
  expect([...written].sort()).toEqual([...new Set([...logged, ...other])].sort());
});

it('the SQL of a restore is what the tables need', () => {
  expect(operations).toContain('UPDATE clock SET incarnation = incarnation + 1 WHERE id = 1;');
  expect(readText('src/features/log/log.entity.ts')).toMatch(/tableName: 'clock'[\s\S]*incarnation/);
});

const closes = tableRows(protocol, 'code', 'reason', 'when', 'stock clients').map(([code, reason = '', , clients]) => ({
  code: Number(code),
  reason: reason.replaceAll('`', ''),
  clients,
}));

it('docs/protocol.md has every code with which the server closes a socket, with its reason', () => {
  const words: readonly Closing[] = Object.values(closings).filter(({ code }) => code !== closings.forbidden.code);
  expect(words.filter((word) => !closes.some(({ code, reason }) => code === word.code && reason.includes(word.reason)))).toEqual([]);
  for (const error of errorCodes.filter((code) => /^(TOKEN|SESSION|USER)_/.test(code)))
    expect(protocol, error).toMatch(new RegExp(`^\\| ${closeCodeOf(error)} \\|.*\`${error}\``, 'm'));
});

it('every reason of a close comes from one place and fits into a close frame', () => {
  const reasons = [...Object.values(closings), ...errorCodes.map(closingOf)].map(({ reason }) => reason);
  expect(reasons.filter((reason) => Buffer.byteLength(reason) > 123)).toEqual([]);
  // The one place that speaks to the library for sockets is `Connection.close`, and it takes nothing else.
  const elsewhere = filesIn('src', '.ts').flatMap((file) =>
    [...readText(file).matchAll(/\bclose\((?:\d|[^)]*[`'"])[^)]*\)/g)].map(([found]) => `${file}: ${found}`),
  );
  expect(elsewhere).toEqual([]);
});

it('and says rightly what a stock client does after each', async () => {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' });
  closeLater(() => server.close());
  const address = server.address();
  if (typeof address === 'string' || address === null) throw new Error('no port');
  // 1006 is no code that can be sent: it is what a client sees of a lost connection.
  server.on('connection', (socket, request) => {
    const code = Number(request.url?.slice(1));
    if (code === 1006) setTimeout(() => socket.terminate(), 50);
    else socket.close(code, 'x');
  });
  const comesBack = async (code: number) => {
    let connections = 0;
    await new Promise((resolve) => {
      createClient({
        url: `ws://127.0.0.1:${address.port}/${code}`,
        lazy: false,
        retryAttempts: 1,
        // As docs/clients.md has it: some platforms report a lost connection as an error.
        shouldRetry: () => true,
        retryWait: async () => {},
        onNonLazyError: resolve,
        on: {
          opened: () => {
            connections += 1;
          },
        },
      });
    });
    return connections === 2 ? 'come back' : 'give up';
  };
  for (const { code, clients } of closes.filter(({ code: number }) => number !== 1000)) expect([code, await comesBack(code)]).toEqual([code, clients]);
});
