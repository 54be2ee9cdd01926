import { type Compilable, type CompiledQuery, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Dialect, Tx } from './database.ts';
import { portionSize, portionsByRows, portionsOf } from './portions.ts';
import { columnOf, type Place, placing, whole } from './sql-text.ts';

// The one way in which what strangers make long comes into a statement: kysely says what is asked, built and compiled once for each dialect, and each
// run writes its values into the text. That is cut into portions here, so that nobody else can forget it.

type Value = string | number | null;
type Key = readonly Value[];
type Given = Value | readonly (Value | Key)[];

/** What is put into a statement: values, lists of values, and lists of keys, of which each is a row of values. */
type Values = Readonly<Record<string, Given>>;

/** Stands in a query for what is not known before it is run: how the value of this name is written there, and what must not be cut then. */
class Slot {
  readonly name: string;
  readonly write: (place: Place, value: Given) => string;
  readonly keeps: 'NOTHING' | 'ITSELF' | 'ALL';

  constructor(name: string, write: Slot['write'], keeps: Slot['keeps'] = 'NOTHING') {
    this.name = name;
    this.write = write;
    this.keeps = keeps;
  }
}

type NamesOf<V, T> = { [K in keyof V & string]: V[K] extends T ? K : never }[keyof V & string];

/** The places for the values of a run. `slot('x')` is that of the value `x`; of a list it goes behind `in`. */
export interface Slots<V extends Values> {
  <K extends keyof V & string>(name: K): RawBuilder<V[K] extends readonly (infer T)[] ? T : V[K]>;
  /** A list that is never cut, because what is found with a part of it is no part of what is found: behind `not in`, or under a count. */
  whole<K extends NamesOf<V, readonly Value[]>>(name: K): RawBuilder<V[K] extends readonly (infer T)[] ? T : never>;
  /** A limit, of a statement of which nothing is cut. It stands in the text: SQLite prepares a statement anew for each run that is given it beside. */
  limit(name: NamesOf<V, number>): RawBuilder<number>;
  /** Whether a row is one of the keys of a list: of each its values are those of these columns, or compare as said behind them: `seq <=`. */
  oneOf(columns: readonly string[], name: NamesOf<V, readonly Key[]>): RawBuilder<SqlBool>;
  /** Likewise, for a `select` of many keys, with plain columns only: MySQL takes a time with the square of their number for `oneOf`. */
  among(columns: readonly string[], name: NamesOf<V, readonly Key[]>): RawBuilder<SqlBool>;
  /** A list of keys as a table with these columns. */
  table<C extends string>(columns: readonly C[], name: NamesOf<V, readonly Key[]>): RawBuilder<Record<C, number>>;
}

/** A statement that is built once. Called, it runs with lists of any length: in portions, whose rows follow each other; nothing is asked of an empty one. */
export interface Statement<V extends Values, O> {
  (tx: Tx, values: V): Promise<O[]>;
  /** As one query, for what must not be cut or goes with others. Throws where a list is longer than a portion. */
  of(tx: Tx, values: V): Compilable<O>;
  /** As the queries that it is when it is run, for what sends several at once. */
  parts(tx: Tx, values: V): CompiledQuery<O>[];
  /** What it finds with each of these values, however many: as few statements as possible. How rows come that are of one is the database's matter. */
  each(tx: Tx, values: readonly V[]): Promise<O[][]>;
}

/** Makes a statement. `build` is asked once for each dialect, whatever is run: it must not depend on anything but that. */
export function createStatement<V extends Values, O>(build: (tx: Tx, slot: Slots<V>) => Compilable<O>): Statement<V, O> {
  const known = new Map<string, Template<O>>();
  const templateOf = (tx: Tx) => {
    let template = known.get(tx.dialect.name);
    if (!template) {
      template = templateFrom(build(tx, slots<V>(tx.dialect)).compile());
      known.set(tx.dialect.name, template);
    }
    return template;
  };
  const compiled = (tx: Tx, values: V): CompiledQuery<O> => {
    const template = templateOf(tx);
    const parameters: unknown[] = [];
    return { ...template.query, sql: textOf(template, values, placing(tx.dialect, parameters)), parameters };
  };
  /** Values of which each fits into a statement, in the order of their lists. */
  const cut = (tx: Tx, values: V): V[] => {
    let long: string | null = null;
    for (const name in values) {
      const value: Given | undefined = values[name];
      if (!isList(value)) continue;
      if (value.length === 0) return [];
      if (value.length > portionSize && mayCut(templateOf(tx), name)) long = name;
    }
    if (long === null) return [values];
    const name = long;
    return portionsOf(listIn(values, name)).flatMap((portion) => cut(tx, { ...values, [name]: portion }));
  };
  const run = async (tx: Tx, values: V): Promise<O[]> => {
    const [first, ...others] = cut(tx, values);
    if (first === undefined) return [];
    const { rows } = await tx.db.executeQuery(compiled(tx, first));
    for (const part of others) for (const row of (await tx.db.executeQuery(compiled(tx, part))).rows) rows.push(row);
    return rows;
  };

  return Object.assign(run, {
    of: (tx: Tx, values: V): Compilable<O> => ({ compile: () => compiled(tx, values) }),
    parts: (tx: Tx, values: V): CompiledQuery<O>[] => cut(tx, values).map((part) => compiled(tx, part)),
    each: async (tx: Tx, runs: readonly V[]): Promise<O[][]> => {
      const found = runs.map((): O[] => []);
      for (const portion of portionsByRows(runs.keys(), (index) => lengthOf(runs[index]))) {
        const template = templateOf(tx);
        const parameters: unknown[] = [];
        const place = placing(tx.dialect, parameters);
        // Each within another query: SQLite takes a limit only at the end of a union.
        const texts = portion.map((index, asked) => `select ${asked} as asked, page.* from (${textOf(template, runs[index] ?? {}, place)}) as page`);
        const query = { ...template.query, sql: texts.join(' union all '), parameters };
        const { rows } = await tx.db.executeQuery<O & { readonly asked: number }>(query);
        for (const row of rows) found[portion[row.asked] ?? 0]?.push(row);
      }
      return found;
    },
  });
}

/** A compiled query, with its text in pieces: between each two of them belongs a parameter. */
interface Template<O> {
  readonly query: CompiledQuery<O>;
  readonly pieces: readonly string[];
}

function templateFrom<O>(query: CompiledQuery<O>): Template<O> {
  const pieces = query.sql.split('?');
  if (pieces.length !== query.parameters.length + 1) throw new Error(`a statement has a question mark that stands for nothing: ${query.sql}`);
  return { query, pieces };
}

function mayCut({ query }: Template<unknown>, name: string): boolean {
  return !query.parameters.some((slot) => slot instanceof Slot && (slot.keeps === 'ALL' || (slot.keeps === 'ITSELF' && slot.name === name)));
}

function textOf({ query, pieces }: Template<unknown>, values: Values, place: Place): string {
  let text = pieces[0] ?? '';
  for (let index = 0; index < query.parameters.length; index += 1) {
    const parameter = query.parameters[index];
    text += parameter instanceof Slot ? parameter.write(place, values[parameter.name] ?? null) : place(parameter);
    text += pieces[index + 1];
  }
  return text;
}

function slots<V extends Values>({ name: dialect }: Dialect): Slots<V> {
  const slot = <T>(...what: ConstructorParameters<typeof Slot>): RawBuilder<T> => sql<T>`${new Slot(...what)}`;
  const filled = dialect === 'sqlite' ? fillUp : fits;
  const writeValue: Slot['write'] = (place, value) => {
    if (!isList(value)) return place(value);
    return value.length === 0 ? '(null)' : `(${filled(value).map(place).join(', ')})`;
  };
  const writeOneOf = (columns: readonly string[]): Slot['write'] => {
    const comparisons = columns.map(comparisonOf);
    return (place, value) => {
      const keys = filled(requireKeys(value));
      if (keys.length === 0) return '1 = 0';
      return `(${keys.map((key) => `(${comparisons.map((comparison, index) => comparison + place(key[index])).join(' and ')})`).join(' or ')})`;
    };
  };
  /** From so many keys on MySQL is quicker with a table of them. */
  const manyKeys = 16;
  const tableOf = (place: Place, keys: readonly Key[], names: readonly string[]) =>
    `(${keys.map((key) => `select ${names.map((column, index) => `${place(key[index])} as ${column}`).join(', ')}`).join(' union all ')})`;
  return Object.assign(<T>(name: string) => slot<T>(name, writeValue), {
    whole: <T>(name: string) => slot<T>(name, writeValue, 'ITSELF'),
    limit: (name: string) => slot<number>(name, (_, value) => whole(value), 'ALL'),
    oneOf: (columns: readonly string[], name: string) => slot<SqlBool>(name, writeOneOf(columns)),
    among: (columns: readonly string[], name: string) => {
      const writeFew = writeOneOf(columns);
      const names = columns.map((_, index) => `k${index}`);
      return slot<SqlBool>(name, (place, value) => {
        if (dialect === 'sqlite' || !isKeys(value) || value.length < manyKeys) return writeFew(place, value);
        return `(${columns.map(columnOf).join(', ')}) in (select ${names.join(', ')} from ${tableOf(place, fits(value), names)} as among_keys)`;
      });
    },
    table: <C extends string>(columns: readonly C[], name: string) => {
      const names = columns.map(columnOf);
      const none = `(select ${names.map((column) => `0 as ${column}`).join(', ')} from (select 1) as no_row where 1 = 0)`;
      return slot<Record<C, number>>(name, (place, value) => {
        const keys = fits(requireKeys(value));
        if (keys.length === 0) return none;
        return tableOf(place, keys, names);
      });
    },
  });
}

/** `m.userId` is `m.user_id = `, and `seq <=` is `seq <= `. */
function comparisonOf(text: string): string {
  const [column = '', operator = '='] = text.split(' ');
  return `${columnOf(column)} ${operator} `;
}

/** The list as it is. Throws where it is longer than what a statement takes. */
function fits<T>(list: readonly T[]): readonly T[] {
  if (list.length > portionSize) throw new RangeError(`${list.length} values in one statement, and at most ${portionSize} fit: let it be cut, or ask for less`);
  return list;
}

/**
 * A list with its last value up to a power of two: lists of other lengths are other texts, which SQLite prepares each anew. What is asked must not
 * depend on how often a value stands in a list.
 */
function fillUp<T>(list: readonly T[]): readonly T[] {
  const last = fits(list).at(-1);
  if (last === undefined) return list;
  const filled = [...list];
  for (const length = 2 ** Math.ceil(Math.log2(list.length)); filled.length < length; ) filled.push(last);
  return filled;
}

function isList(value: Given | undefined): value is readonly (Value | Key)[] {
  return typeof value === 'object' && value !== null;
}

function isKeys(value: Given): value is readonly Key[] {
  return isList(value) && value.every((key) => typeof key === 'object' && key !== null);
}

function requireKeys(value: Given): readonly Key[] {
  if (!isKeys(value)) throw new TypeError('a list of keys has something else in it');
  return value;
}

function listIn(values: Values, name: string): readonly (Value | Key)[] {
  const list = values[name];
  return isList(list) ? list : [];
}

/** How many values a run has at most in one of its lists: so much of a portion it takes. */
function lengthOf(values: Values = {}): number {
  return Math.max(1, ...Object.values(values).map((value) => (isList(value) ? value.length : 1)));
}
