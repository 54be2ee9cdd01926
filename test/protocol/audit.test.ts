import { auditServer } from 'graphql-http';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { serve } from '../support/operator.ts';

const introspects = 'It asks for a type of the schema by a variable, and introspection is off: the variable itself is taken.';
/** What each profile does otherwise than the audit would have it, by its id, and why. */
const explained: Readonly<Record<'test' | 'production', Readonly<Record<string, string>>>> = {
  test: {},
  production: { '2EA1': introspects, '28B9': introspects, D6D5: introspects, '6A70': introspects },
};

describe('the audit of GraphQL over HTTP', () => {
  it.each([
    ['test', async () => (await startApp()).url],
    ['production', async () => (await serve({ NODE_ENV: 'production' })).url],
  ] as const)('finds nothing that is not explained, in the profile for %s', async (profile, start) => {
    const url = await start();
    const results = await auditServer({ url, fetchFn: fetch });
    const told = results.filter((result) => result.status !== 'ok').map(({ id, status, name, reason }) => ({ id, status, name, reason }));
    expect(told.filter(({ id }) => !(id in explained[profile]))).toEqual([]);
    // What is explained and no longer so is to be struck off the list.
    expect(told.map(({ id }) => id).sort()).toEqual(Object.keys(explained[profile]).sort());
    expect(results.length).toBeGreaterThan(50);
  });
});
