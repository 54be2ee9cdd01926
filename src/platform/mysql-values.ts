import { format, raw, type SqlValue } from 'mysql2';

// What an escaper would put a backslash in front of. In a text without them a quoted text ends at its last quote, whatever the server takes a
// backslash for.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const special = /[\0\b\t\n\r\x1a"'\\]/;

/** A text for MySQL so that no setting of a server can make anything else of it: where quoting would matter, hexadecimal digits. */
export function textLiteral(text: string): string {
  return special.test(text) ? hexLiteral(text) : `'${text}'`;
}

/** A text as hexadecimal digits. */
export function hexLiteral(text: string): string {
  return `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`;
}

/**
 * Puts values into the text of a statement so that no setting of a server can make anything else of them: a text in which quoting would matter
 * stands there as hexadecimal digits.
 */
export function formatStatement(text: string, values: readonly SqlValue[] = []): string {
  if (values.length === 0) return text;
  return format(text, values.map(literalOf));
}

function literalOf(value: SqlValue): SqlValue {
  return typeof value === 'string' ? raw(textLiteral(value)) : value;
}
