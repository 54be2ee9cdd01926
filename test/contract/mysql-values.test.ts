import { expect, it } from 'vitest';
import { formatStatement } from '../../src/platform/mysql-values.ts';

it('puts no text into a statement in which a quote, a backslash or a control character would stand, whatever the server takes them for', () => {
  const hex = (text: string) => `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`;
  for (const text of ["'; drop table user; -- ", '\\', 'a\\', '"', 'two\nlines', 'a\r', '\t', '\b', '\0', '\x1a', "it's 😀"])
    expect(formatStatement('select ?, ?', [text, 7])).toBe(`select ${hex(text)}, 7`);
});

it('leaves every other text as it is', () => {
  expect(formatStatement('select ?, ?, ?', ['plain 文字 😀 – -- /* # ; `', null, 1.5])).toBe("select 'plain 文字 😀 – -- /* # ; `', NULL, 1.5");
  expect(formatStatement("select 'a?'")).toBe("select 'a?'");
});
