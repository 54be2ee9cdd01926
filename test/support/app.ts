import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { createConnection } from 'mysql2/promise';
import { inject } from 'vitest';
import { type AppOptions, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { type Caller, dataOf, executeHttp, type HttpAnswer } from './client.ts';
import { createJournal } from './journal.ts';
import { closeLater } from './lifetime.ts';
import { openSocket, type Socket, type SocketOptions } from './socket.ts';
import { copyMysql, copySqlite } from './template.ts';

/** Variables of the environment, as `readConfig` takes them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A server that runs for a test. */
export interface TestApp {
  readonly app: Awaited<ReturnType<typeof createApp>>;
  /** The endpoint for HTTP: `http://127.0.0.1:<port>/graphql`. */
  readonly url: string;
  /** The endpoint for sockets: `ws://127.0.0.1:<port>/graphql`. */
  readonly socketUrl: string;
  /** What it was started with: `startApp(app.env)` starts another one on the same data. */
  readonly env: Env;
  /** What it has logged: JSON, one object a line. */
  logs(): readonly string[];
  execute<R, V>(document: TypedDocumentNode<R, V>, variables: V, caller?: Caller): Promise<HttpAnswer<R>>;
  /** As `execute`, and no error is expected. */
  ask<R, V>(document: TypedDocumentNode<R, V>, variables: V, caller?: Caller): Promise<R>;
  socket(options?: SocketOptions): Socket;
  /** Stops it now; otherwise it is stopped at the end of the test (or file) that started it. */
  stop(): Promise<void>;
}

const secret = 'a secret for tests, long enough for everybody';

// The passwords of tests protect nothing, and there are thousands of them.
const passwordCost = { memoryCost: 64, timeCost: 1, parallelism: 1 } as const;

// Nor are there robots to keep out.
const proofCost = { iterations: 1, tries: 10 } as const;

const defaults: Env = {
  // They are built in a process of their own, which tests of something else do not need.
  PAGES: 'off',
  PORT: '0',
  HOST: '127.0.0.1',
  TOKEN_SECRET: secret,
  RATE_LIMITS: 'off',
  DATABASE_POOL: '10',
  PRESENCE_GRACE_SECONDS: '0.3',
  SHUTDOWN_SECONDS: '2',
  PROFILE_REST_SECONDS: '0',
  // No balancer has to see that a test's server goes.
  DRAIN_SECONDS: '0',
};

/**
 * An empty place for the data of one server (or several nodes), on what the current project runs on. Gone at the end of the test or file. With
 * `migrated` there is what the migrations make of it.
 */
export async function createData({ migrated = false } = {}): Promise<Env> {
  const folder = mkdtempSync(join(inject('dataFolder'), 'parley-test-'));
  closeLater(() => rmSync(folder, { recursive: true, force: true }));
  const { mysqlUrl, redisUrl } = { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') };
  if (inject('backend') === 'embedded') {
    if (migrated) await copySqlite(folder);
    return { DATA_DIR: folder };
  }
  if (mysqlUrl === null || redisUrl === null) throw new Error('this project needs MariaDB and Redis');
  const name = `parley_${randomBytes(6).toString('hex')}`;
  await runSql(mysqlUrl, `create database ${name} character set utf8mb4`);
  closeLater(() => runSql(mysqlUrl, `drop database ${name}`));
  if (migrated) await copyMysql(mysqlUrl, name);
  return { DATA_DIR: folder, DATABASE_URL: `${mysqlUrl}/${name}`, REDIS_URL: redisUrl, REDIS_PREFIX: `${name}:` };
}

async function runSql(url: string, statement: string): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}

/**
 * Starts a server with empty data, unless `env` says where its data is (`DATA_DIR` or `DATABASE_URL`). `create` makes it; by default the server
 * as it is, and not one with a rule broken.
 */
export async function startApp(env: Env = {}, options: Partial<AppOptions> = {}, create = createApp): Promise<TestApp> {
  const data = env.DATA_DIR === undefined && env.DATABASE_URL === undefined ? await createData({ migrated: true }) : {};
  const whole = { ...defaults, ...data, ...env };
  const config = readConfig(whole);
  const journal = createJournal();
  const app = await create(config, { logger: createLogger(config.logLevel, journal.destination), passwordCost, proofCost, ...options });
  let stopping: Promise<void> | null = null;
  const stop = async () => {
    stopping ??= app.stop();
    await stopping;
  };
  closeLater(stop);
  const url = new URL('/graphql', app.url).href;
  const socketUrl = url.replace(/^http/, 'ws');
  return {
    app,
    url,
    socketUrl,
    env: whole,
    logs: journal.lines,
    execute: (document, variables, caller) => executeHttp(url, document, variables, caller),
    ask: async (document, variables, caller) => dataOf(await executeHttp(url, document, variables, caller)),
    socket: (options) => openSocket(socketUrl, options),
    stop,
  };
}

/** Starts several nodes on the same data. Only for files named `*.nodes.test.ts`: the embedded default is one process. */
export async function startNodes(count: number, env: Env = {}): Promise<TestApp[]> {
  const data = await createData({ migrated: true });
  const first = await startApp({ ...data, ...env });
  const others = await Promise.all(Array.from({ length: count - 1 }, () => startApp({ ...data, ...env })));
  return [first, ...others];
}
