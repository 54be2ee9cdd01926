import { auditServer } from 'graphql-http';
import { expect, it } from 'vitest';
import { startApp } from '../support/app.ts';

/** Notices (recommendations that need not be followed) by their id, and why each is not. There is none. */
const explained: Readonly<Record<string, string>> = {};

it('passes the audit of GraphQL over HTTP without an error, a warning or a notice that is not explained', async () => {
  const app = await startApp();
  const results = await auditServer({ url: app.url, fetchFn: fetch });
  const told = results.filter((result) => result.status !== 'ok').map(({ id, status, name, reason }) => ({ id, status, name, reason }));
  expect(told.filter(({ status }) => status !== 'notice')).toEqual([]);
  expect(told.filter(({ id }) => !(id in explained))).toEqual([]);
  expect(results.length).toBeGreaterThan(50);
});
