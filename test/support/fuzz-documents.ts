import fc from 'fast-check';
import {
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { anyCharacter } from './any-text.ts';

/** Choices, without a schema: what they mean is found out by following one. So they can be made smaller where something is found. */
interface Choice {
  readonly pick: number;
  readonly how: number;
  readonly values: readonly Value[];
  readonly inner: readonly Choice[];
}

interface Value {
  readonly pick: number;
  readonly odd: number;
  readonly text: string;
}

/** The choices of a document. */
export interface DocumentChoices {
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly roots: readonly Choice[];
  /** Where the text is spoilt, and how; mostly it is not. */
  readonly spoilt: { readonly at: number; readonly how: number; readonly text: string } | null;
}

/** An operation as clients send it. */
export interface FuzzedOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Texts of which programs like to stumble. */
const oddTexts = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\u202e\u2066',
  '\u3164',
  '\ufeff',
  '__proto__',
  'constructor',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '`',

  '{{',
  '-1',
  '1e309',
  'null',
  'İ',
  'ǅ',
  'ß',
  'ﷺ',
  '👩‍👩‍👧‍👦',
  '🇩🇪',
  '消息',
  'e\u0301'.repeat(60),
  'x'.repeat(5_001),
  '😀'.repeat(200),
];
const oddValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  1.5,
  100,
  101,
  2_147_483_647,
  2_147_483_648,
  -2_147_483_648,
  1e308,
  [],
  {},
  [null],
  [[]],
  { a: 1 },
  ...oddTexts,
];
const times = ['2026-01-31T12:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-01-31T23:59:60Z', '2026-01-31T12:00:00+23:59', 'x'];
const days = ['2000-02-29', '0000-01-01', '9999-12-31', '2001-02-29', 'x'];

const text = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: anyCharacter, maxLength: 20 }), fc.string({ maxLength: 60 }));
const value = fc.record({ pick: fc.nat(9_999), odd: fc.nat(99), text });
const { choice } = fc.letrec<{ choice: Choice; inner: readonly Choice[] }>((tie) => ({
  choice: fc.record({ pick: fc.nat(9_999), how: fc.nat(99), values: fc.array(value, { minLength: 1, maxLength: 6 }), inner: tie('inner') }),
  inner: fc.oneof({ maxDepth: 5, depthSize: 'medium' }, fc.constant([]), fc.array(tie('choice'), { minLength: 1, maxLength: 4 })),
}));

/** Choices of documents. */
export const documents: fc.Arbitrary<DocumentChoices> = fc.record({
  operation: fc.constantFrom('query', 'query', 'mutation', 'mutation', 'subscription'),
  roots: fc.array(choice, { minLength: 1, maxLength: 3 }),
  spoilt: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.record({ at: fc.nat(9_999), how: fc.nat(4), text }) }),
});

/** Makes the operation of some choices: good ones and ones that are nearly good. `known` are ids, names and codes of what is there. */
export function operationOf(schema: GraphQLSchema, { operation, roots, spoilt }: DocumentChoices, known: readonly string[]): FuzzedOperation {
  const type = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }[operation];
  if (!type) throw new Error(`the schema has no ${operation}`);
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const fragments: string[] = [];
  let count = 0;

  const at = <T>(items: readonly T[], pick: number): T | undefined => items[pick % Math.max(1, items.length)];

  /** The ids that are likely to be meant there. */
  const fitting = (place: string): readonly string[] => {
    const meant = place
      .replace(/ to$/, 'conversation user')
      .replace(/member/i, 'user member')
      .toLowerCase();
    const likely = known.filter((word) => meant.includes(/^(\w+):/.exec(Buffer.from(word, 'base64url').toString())?.[1]?.toLowerCase() ?? 'none'));
    return likely.length > 0 ? likely : known;
  };

  const givenFor = (of: GraphQLInputType, seeds: readonly Value[], place: string): { readonly json: unknown; readonly literal: string } => {
    const [seed = { pick: 1, odd: 50, text: 'hello' }, ...rest] = seeds;
    const plain = (json: unknown) => ({ json, literal: literalOf(json) });
    if (seed.odd < 7) return plain(at(oddValues, seed.pick));
    if (isNonNullType(of)) return givenFor(of.ofType, seeds, place);
    if (seed.odd < 10) return plain(null);
    if (isListType(of)) {
      const length = seed.odd > 97 ? 150 : seed.pick % 4;
      const items = Array.from({ length }, (_, index) => givenFor(of.ofType, [{ ...seed, pick: seed.pick + index, odd: 50 }, ...rest], place));
      return { json: items.map(({ json }) => json), literal: `[${items.map(({ literal }) => literal).join(', ')}]` };
    }
    if (isEnumType(of)) {
      const name = at(of.getValues(), seed.odd)?.name ?? '';
      return { json: name, literal: name };
    }
    if (isInputObjectType(of)) {
      const fields: readonly GraphQLInputField[] = Object.values(of.getFields());
      const chosen = of.isOneOf
        ? fields.filter((field) => field === at(fields, seed.pick))
        : fields.filter((field, index) => isNonNullType(field.type) || ((seed.pick >> (index % 8)) & 1) === 1);
      const parts = chosen.map(
        (field, index) => [field.name, givenFor(field.type, rest.slice(index % Math.max(1, rest.length)), `${place} ${field.name}`)] as const,
      );
      return {
        json: Object.fromEntries(parts.map(([name, { json }]) => [name, json])),
        literal: `{${parts.map(([name, { literal }]) => `${name}: ${literal}`).join(', ')}}`,
      };
    }
    switch (of.name) {
      case 'Int':
        return plain(at([1, 2, 5, 20, 100, 0, -1, 101, 2_147_483_647], seed.pick));
      case 'Boolean':
        return plain(seed.odd % 2 === 0);
      case 'DateTime':
        return plain(at(times, seed.pick));
      case 'Date':
        return plain(at(days, seed.pick));
      case 'UUID':
        return plain(
          at(
            known.filter((word) => /^[\da-f]{8}-/.test(word)),
            seed.pick,
          ) ?? null,
        );
      case 'ID':
        return plain(at(seed.pick % 5 === 0 ? known : fitting(place), seed.pick));
      case 'String':
        // Half of the cursors have the form of one.
        if (/ (?:after|before)$/.test(place) && seed.odd % 2 === 0)
          return plain(Buffer.from(JSON.stringify([at(oddValues, seed.pick), at(oddValues, seed.odd)])).toString('base64url'));
        return plain(seed.pick % 3 === 0 ? at(known, seed.pick) : seed.pick % 3 === 1 ? 'hello' : seed.text);
      default:
        return plain(at(known, seed.pick));
    }
  };

  const argumentsOf = ({ name: field, args }: GraphQLField<unknown, unknown>, { values, how }: Choice): string => {
    const given = args.flatMap((argument, index) => {
      const seeds = values.slice(index % Math.max(1, values.length));
      const isGiven = (isNonNullType(argument.type) && how !== 99) || (seeds[0]?.pick ?? 0) % 2 === 1;
      if (!isGiven) return [];
      const { json, literal } = givenFor(argument.type, seeds, `${field} ${argument.name}`);
      if ((seeds[0]?.pick ?? 0) % 3 === 0) return [`${argument.name}: ${literal}`];
      const name = `v${declared.length}`;
      declared.push(`$${name}: ${how === 98 ? getNullableType(argument.type) : argument.type}${how === 97 ? ` = ${literal}` : ''}`);
      variables[name] = json;
      return [`${argument.name}: $${name}`];
    });
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  };

  const selection = (parent: string, choices: readonly Choice[], depth: number): string => {
    const named = schema.getType(parent);
    const types = isAbstractType(named) ? schema.getPossibleTypes(named) : [];
    const parts = choices.map((chosen) => {
      const { how, pick, inner } = chosen;
      const possible = at(types, pick);
      if (possible && how % 3 > 0) return `... on ${possible.name} ${selection(possible.name, [chosen], depth)}`;
      if (how < 5) return `... on ${parent} ${selection(parent, inner, depth + 1)}`;
      if (how < 8) {
        const name = `F${fragments.length}`;
        fragments.push('');
        fragments[Number(name.slice(1))] = `fragment ${name} on ${parent} ${selection(parent, inner, depth + 1)}`;
        return `...${name} ...${name}`;
      }
      const fields = isObjectType(named) || isInterfaceType(named) ? Object.values(named.getFields()) : [];
      const field = at(fields, pick);
      if (!field || how === 8) return '__typename';
      // With arguments of their own two of a name would be in each other's way.
      count += 1;
      const label = field.args.length > 0 && how > 12 ? `a${count}: ` : how < 15 ? `a${pick % 5}: ` : '';
      const directive = how > 90 && depth > 1 ? ['@include(if: true)', '@skip(if: true)', '@skip(if: false)', pick % 8 === 3 ? '@nothing' : ''][pick % 4] : '';
      const type = getNamedType(field.type);
      const below = isObjectType(type) || isAbstractType(type) ? selection(type.name, inner, depth + 1) : '';
      return `${label}${field.name}${argumentsOf(field, chosen)} ${directive ?? ''} ${below}`;
    });
    return `{ ${parts.length === 0 ? '__typename' : parts.join(' ')} }`;
  };

  const body = selection(type.name, operation === 'subscription' ? roots.slice(0, 1) : roots, 1);
  const query = `${operation} Fuzz${declared.length > 0 ? `(${declared.join(', ')})` : ''} ${body} ${fragments.join(' ')}`;
  return { query: spoilt === null ? query : spoil(query, spoilt), variables };
}

/** The text of a value in a document. */
function literalOf(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(literalOf).join(', ')}]`;
  if (typeof json === 'object' && json !== null)
    return `{${Object.entries(json)
      .map(([name, inner]) => `${name}: ${literalOf(inner)}`)
      .join(', ')}}`;
  return JSON.stringify(json) ?? 'null';
}

function spoil(query: string, { at, how, text: inserted }: { readonly at: number; readonly how: number; readonly text: string }): string {
  const place = at % query.length;
  const [before, after] = [query.slice(0, place), query.slice(place)];
  return (
    [
      before + after.slice(1),
      before + inserted + after,
      before,
      before + after.slice(0, 20) + after,
      before + (query[(place * 7) % query.length] ?? '') + after,
    ][how] ?? query
  );
}
