import { getLocation, Source } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { codeOf, overHttp } from '../support/doors.ts';

let app: TestApp;
let few: TestApp;
beforeAll(async () => {
  [app, few] = [await startApp(), await startApp({ DOCUMENT_TOKENS: '6' })];
});

/** Every kind of line break, and a field that stands at two places. */
const query =
  '\r\n\n\r{ first: conversation(id: "x") { id }\r\n\r  second: conversation(id: "x") { id }\n... on Query {\n\n  second: conversation(id: "x") { title } } }';

describe('where an error stands', () => {
  it('is told as graphql-js finds it, for each place of a field', async () => {
    const places = [...query.matchAll(/(first|second):/g)].map(({ index }) => getLocation(new Source(query), index));
    expect((await overHttp(app)(query)).errors).toMatchObject([
      { path: ['first'], locations: places.slice(0, 1), extensions: { code: 'TOKEN_MISSING' } },
      { path: ['second'], locations: places.slice(1), extensions: { code: 'TOKEN_MISSING' } },
    ]);
  });

  it('is told of a document that is not valid', async () => {
    expect((await overHttp(app)('{\n\n  nothing }')).errors).toMatchObject([{ locations: [{ line: 3, column: 3 }], extensions: { code: 'BAD_QUERY' } }]);
  });
});

describe('a document of many lines', () => {
  const ofLines = (lines: number) => `${'\n'.repeat(lines - 1)}{ serverInfo { name } }`;

  it('may have twice as many as it may have tokens, whatever stands in them', async () => {
    expect(codeOf(await overHttp(few)(ofLines(12)))).toBeUndefined();
    for (const text of [ofLines(13), `${'\r'.repeat(12)}{ serverInfo { name } }`, `{ serverInfo { name } }${'\r\n# comment'.repeat(12)}`])
      expect((await overHttp(few)(text)).errors).toMatchObject([{ message: expect.stringContaining('12'), extensions: { code: 'BAD_QUERY' } }]);
  });
});
