import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  MaxIntrospectionDepthRule,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { DocumentLimits } from '../../config.ts';
import { AppError, badInput, type Sentence } from '../../kernel/errors.ts';
import { createRecent, type RecentBounds } from '../../kernel/recent.ts';
import { requireModest } from './counts.ts';
import { badText, cleanLiterals, requireSmallDocument } from './limits.ts';
import { requireFewOverlaps } from './overlaps.ts';

/** A document that was looked at: parsed, judged, and what the doors must know about it. */
export interface KnownDocument {
  /** Null where it does not parse. */
  readonly document: DocumentNode | null;
  /** Why it is not run; empty for a good one. */
  readonly errors: readonly unknown[];
  /** It selects `Viewer.cursor`, so the position must be taken before anything is read. */
  readonly asksPosition: boolean;
  /** Its operations do nothing but make sessions. */
  readonly makesSessionsOnly: boolean;
}

/** Where the document of a request stands: its text, or the hash of one (`extensions.persistedQuery`), or both. */
export interface DocumentSource {
  /** Empty counts as absent where there is a hash. */
  readonly query?: string | null | undefined;
  readonly extensions?: unknown;
}

/** Looks at documents and remembers the latest. */
export interface Documents {
  /** Whether looking costs nothing: it was looked at before, or there is no text to look at. */
  isKnown(source: DocumentSource): boolean;
  /** Never throws. */
  look(source: DocumentSource): KnownDocument;
  /**
   * Remembers what was looked at and is run, for a session or for a stranger: a text that came with its hash is found by the hash alone from then on.
   * What strangers send never takes the place of what sessions use.
   */
  keep(source: DocumentSource, by: 'SESSION' | 'STRANGER'): void;
}

/** What a document may hold. */
export interface DocumentRules {
  readonly limits: DocumentLimits;
  /** Whether the schema may be asked for, and spelling mistakes are answered with names of it. */
  readonly introspection: boolean;
}

/** A parsed document takes some hundred times its text in memory. */
const documentsKept = { entries: 1000, together: 524_288, longest: 65_536 } as const;

/** Texts by their hash, which are nothing but texts. */
const textsKept = { entries: 5000, together: 2_097_152, longest: 65_536 } as const;

/** What strangers have beside it of both. */
const strangersPart = 1 / 4;

/** The documents of one schema. */
export function createDocuments(schema: GraphQLSchema, { limits, introspection }: DocumentRules): Documents {
  const rules = [...specifiedRules, cleanLiterals, introspection ? MaxIntrospectionDepthRule : NoSchemaIntrospectionCustomRule];
  const documents = createApart<KnownDocument>(documentsKept);
  const texts = createApart<string>(textsKept);

  const examine = (text: string): KnownDocument => {
    let document: DocumentNode;
    try {
      requireSmallDocument(text, limits);
      document = parse(text, { maxTokens: limits.documentTokens });
      // Before anything is validated: some of the rules are recursive, or compare everything with everything.
      requireModest(document, schema, limits);
      requireFewOverlaps(document, { ...limits, depth: Math.max(limits.documentDepth, limits.introspectionDepth) });
    } catch (error) {
      // The lexer knows only escapes of whole characters, and that is what it says of a lone surrogate.
      const badEscape = error instanceof GraphQLError && error.message.includes('Invalid Unicode escape');
      return refused(badEscape ? badInput('query', badText) : error);
    }
    try {
      const errors = validate(schema, document, rules, { maxErrors: limits.documentErrors, hideSuggestions: !introspection });
      if (errors.length > 0) return { ...refused(), document, errors: errors.slice(0, limits.documentErrors) };
      return { document, errors, asksPosition: selectsCursor(schema, document), makesSessionsOnly: makesSessionsOnly(document) };
    } catch (error) {
      return { ...refused(error instanceof RangeError ? new AppError('BAD_QUERY') : error), document };
    }
  };

  const lookAt = (text: string): KnownDocument => {
    const known = documents.get(text);
    if (known) return known;
    const examined = examine(text);
    // Who sends it is not known yet, and what is refused is a stranger's whoever sends it.
    documents.put('STRANGER', text, examined, text.length);
    return examined;
  };

  const textOf = ({ query, extensions }: DocumentSource): string | undefined => {
    if (query) return query;
    const hash = persistedQueryOf(extensions)?.sha256Hash;
    return typeof hash === 'string' ? texts.get(hash) : undefined;
  };

  return {
    isKnown(source) {
      const text = textOf(source);
      return text === undefined || documents.get(text) !== undefined;
    },
    look({ query, extensions }) {
      const persisted = persistedQueryOf(extensions);
      if (persisted === null) return lookAt(query ?? '');
      if (persisted.version !== 1) return refused(new AppError('PERSISTED_QUERY_NOT_SUPPORTED'));
      const hash = persisted.sha256Hash;
      if (query) {
        if (createHash('sha256').update(query).digest('hex') !== hash) return refused(new AppError('BAD_QUERY', {}, wrongHash));
        return lookAt(query);
      }
      const text = typeof hash === 'string' ? texts.get(hash) : undefined;
      return text === undefined ? refused(new AppError('PERSISTED_QUERY_NOT_FOUND')) : lookAt(text);
    },
    keep(source, by) {
      const hash = persistedQueryOf(source.extensions)?.sha256Hash;
      const text = textOf(source);
      if (text === undefined) return;
      if (typeof hash === 'string') texts.put(by, hash, text, text.length);
      const known = by === 'SESSION' ? documents.get(text) : undefined;
      if (known) documents.put(by, text, known, text.length);
    },
  };
}

/** Two memories: what strangers put into theirs pushes nothing out of that of sessions, and each finds what is in either. */
function createApart<V>({ entries, together, longest }: RecentBounds) {
  const ofSessions = createRecent<V>({ entries, together, longest });
  const ofStrangers = createRecent<V>({ entries: entries * strangersPart, together: together * strangersPart, longest });
  return {
    get: (key: string): V | undefined => ofSessions.get(key) ?? ofStrangers.get(key),
    put(by: 'SESSION' | 'STRANGER', key: string, value: V, length: number) {
      if (ofSessions.get(key) === undefined) (by === 'SESSION' ? ofSessions : ofStrangers).put(key, value, length);
    },
  };
}

const wrongHash: Sentence = { zh: 'sha256Hash 与语句不符', en: 'sha256Hash is not the SHA-256 of this document, in hex' };

function refused(...errors: readonly unknown[]): KnownDocument {
  return { document: null, errors, asksPosition: false, makesSessionsOnly: false };
}

/** What Apollo's automatic persisted queries put into `extensions.persistedQuery`; null where there is none. */
function persistedQueryOf(extensions: unknown): { readonly version: unknown; readonly sha256Hash: unknown } | null {
  if (!isObject(extensions) || extensions.persistedQuery == null) return null;
  const { persistedQuery } = extensions;
  return isObject(persistedQuery) ? { version: persistedQuery.version, sha256Hash: persistedQuery.sha256Hash } : { version: null, sha256Hash: null };
}

/** Whether a request names its document by a hash alone: the doors take it, although what they are made of asks for a text. */
export function isHashOnly({ query, extensions }: { readonly query?: unknown; readonly extensions?: unknown }): boolean {
  return query == null && persistedQueryOf(extensions) !== null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The operation that a request names. Throws `BAD_QUERY` where there is none, or several and no name. */
export function requireOperation(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition');
  const [only] = name == null ? operations : operations.filter((operation) => operation.name?.value === name);
  if (!only || (name == null && operations.length > 1))
    throw new GraphQLError(name == null ? 'Give operationName where the document has several operations' : 'The document has no operation of that name');
  return only;
}

/** The mutations that make or renew a session: a document of only these ignores the token that comes with it. */
const sessionMakers: ReadonlySet<string> = new Set(['__typename', 'registerVisitor', 'register', 'login', 'identify', 'refreshSession']);

/** Whether the operations of a document are nothing but mutations that make a session, each directly under the root. */
function makesSessionsOnly(document: DocumentNode): boolean {
  return document.definitions.every(
    (definition) =>
      definition.kind === 'FragmentDefinition' ||
      (definition.kind === 'OperationDefinition' &&
        definition.operation === 'mutation' &&
        definition.selectionSet.selections.every((selection) => selection.kind === 'Field' && sessionMakers.has(selection.name.value))),
  );
}

function selectsCursor(schema: GraphQLSchema, document: DocumentNode): boolean {
  const info = new TypeInfo(schema);
  let found = false;
  visit(
    document,
    visitWithTypeInfo(info, {
      Field(node) {
        const parent = info.getParentType();
        if (node.name.value === 'cursor' && parent && getNamedType(parent)?.name === 'Viewer') found = true;
      },
    }),
  );
  return found;
}
