import { randomUUID } from 'node:crypto';
import { globalId, idThatNeverWas } from './hidden-things.ts';

/** The ids, names and tokens of the people and things of the table, by what they are called there. */
export type Ids = Readonly<Record<string, string>>;

/** Who asks for what there, with which arguments, and the code and `extensions.field` with which it is refused. */
export type BadRow = readonly [
  what: string,
  who: 'nobody' | 'visitor' | 'ann' | 'bob' | 'carol' | 'dora' | 'admin',
  given: (ids: Ids) => Readonly<Record<string, unknown>>,
  code: string,
  at?: string,
];

/** Rows by root field. */
export type BadRows = Readonly<Record<string, readonly BadRow[]>>;

/** No arguments. */
export const none = () => ({});

/** A text of so many characters. */
export const long = (length: number) => 'x'.repeat(length);

/** An id of a kind that no thing has. */
export const never = (kind: Parameters<typeof idThatNeverWas>[0]) => idThatNeverWas(kind);

/** Ids of so many people who never were. */
export const many = (count: number) => Array.from({ length: count }, () => globalId('User', randomUUID()));
