import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { AppError, badInput } from '../kernel/errors.ts';
import { badText, cleanLiterals, type DocumentLimits, depthRule, requireSmallDocument } from './limits.ts';

/** A document that was looked at: parsed, judged, and what the doors must know about it. */
interface KnownDocument {
  /** Null where it does not parse. */
  readonly document: DocumentNode | null;
  /** Why it is not run; empty for a good one. */
  readonly errors: readonly unknown[];
  /** It selects `Viewer.cursor`, so the position must be taken before anything is read. */
  readonly asksPosition: boolean;
}

/** Looks at documents and remembers the latest. */
export interface Documents {
  /** Never throws. */
  look(text: string): KnownDocument;
}

/** What a document may hold. */
export interface DocumentRules {
  readonly limits: DocumentLimits;
  /** Whether the schema may be asked for, and spelling mistakes are answered with names of it. */
  readonly introspection: boolean;
}

/** Characters of all documents kept, and of the longest: a parsed document takes some hundred times its text in memory. */
const kept = { together: 262_144, longest: 16_384 } as const;

/** The documents of one schema. */
export function createDocuments(schema: GraphQLSchema, { limits, introspection }: DocumentRules): Documents {
  const rules = [...specifiedRules, cleanLiterals, ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
  const depth = [depthRule(limits.depth)];
  const known = new Map<string, KnownDocument>();
  let characters = 0;

  const examine = (text: string): KnownDocument => {
    let document: DocumentNode;
    try {
      requireSmallDocument(text, limits);
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      // The lexer knows only escapes of whole characters, and that is what it says of a lone surrogate.
      const badEscape = error instanceof GraphQLError && error.message.includes('Invalid Unicode escape');
      return { document: null, errors: [badEscape ? badInput('query', badText) : error], asksPosition: false };
    }
    const options = { maxErrors: 20, hideSuggestions: !introspection };
    try {
      // Depth first and alone: some of the other rules are recursive.
      const tooDeep = validate(schema, document, depth, options);
      const errors = tooDeep.length > 0 ? tooDeep : validate(schema, document, rules, options);
      return { document, errors, asksPosition: errors.length === 0 && selectsCursor(schema, document) };
    } catch (error) {
      const refusal = error instanceof RangeError ? new AppError('BAD_QUERY') : error;
      return { document, errors: [refusal], asksPosition: false };
    }
  };

  return {
    look(text) {
      let found = known.get(text);
      if (found) {
        // The latest stands last in the map.
        known.delete(text);
        known.set(text, found);
        return found;
      }
      found = examine(text);
      if (text.length > kept.longest) return found;
      known.set(text, found);
      characters += text.length;
      for (const oldest of known.keys()) {
        if (characters <= kept.together) break;
        known.delete(oldest);
        characters -= oldest.length;
      }
      return found;
    },
  };
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
const sessionMakers: ReadonlySet<string> = new Set(['__typename', 'registerVisitor', 'register', 'login', 'refreshSession']);

/** Whether the operations of a document are nothing but mutations that make a session, each directly under the root. */
export function makesSessionsOnly(document: DocumentNode): boolean {
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
