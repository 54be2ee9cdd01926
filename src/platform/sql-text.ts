import type { Dialect } from './database.ts';

/** Gives a value its place in a statement: what stands in the text for it. */
export type Place = (value: unknown) => string;

// What an escaper would put a backslash in front of. In a text without them a quoted text ends at its last quote, whatever the server takes a
// backslash for.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const special = /[\0\b\t\n\r\x1a"'\\]/;

/** A text for MySQL so that no setting of a server can make anything else of it: where quoting would matter, hexadecimal digits. */
export function textLiteral(text: string): string {
  return special.test(text) ? hexLiteral(text) : `'${text}'`;
}

function hexLiteral(text: string): string {
  return `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`;
}

/**
 * How values stand in a text. SQLite keeps what it has prepared by the text, so that all go beside it, into `values`; elsewhere they stand in it, for
 * whoever puts them in afterwards would have to look through all of it.
 */
export function placing({ name }: Pick<Dialect, 'name'>, values: unknown[]): Place {
  return (value) => {
    if (value === null || value === undefined) return 'null';
    if (name !== 'sqlite') {
      if (typeof value === 'number') return whole(value);
      // A question mark would be taken for a place, where other values are put into the same text.
      if (typeof value === 'string') return value.includes('?') ? hexLiteral(value) : textLiteral(value);
    }
    values.push(value);
    return '?';
  };
}

/** A whole number as it stands in a text; throws for what is none. */
export function whole(value: unknown): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no whole number`);
  return String(value);
}

const columns = new Map<string, string>();

/** The name of a column or table as the naming strategy of the entities has it: `m.userId` is `m.user_id`. */
export function columnOf(name: string): string {
  const known = columns.get(name);
  if (known !== undefined) return known;
  const made = name.replace(/(?<!^|\.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  columns.set(name, made);
  return made;
}

const properties = new Map<string, string>();

/** The other way round: `user_id` is `userId`. */
export function propertyOf(column: string): string {
  const known = properties.get(column);
  if (known !== undefined) return known;
  const made = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  properties.set(column, made);
  return made;
}
