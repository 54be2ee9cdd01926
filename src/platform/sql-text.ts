import type { Dialect } from './database.ts';
import { hexLiteral, textLiteral } from './mysql-values.ts';

/** Gives a value its place in a statement: what stands in the text for it. */
export type Place = (value: unknown) => string;

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
