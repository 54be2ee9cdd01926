import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Lexer,
  type SelectionSetNode,
  Source,
  TokenKind,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { AppError, badInput, type Sentence } from '../kernel/errors.ts';

/** How large a document may be. */
export interface DocumentLimits {
  /** Tokens, as the lexer counts them. */
  readonly tokens: number;
  /** Fields within fields, fragments counted where they are spread. */
  readonly depth: number;
}

/** Brackets of any kind inside each other. What nests deeper than any real document is refused before a recursive parser sees it. */
const nesting = 100;

/** What the introspection query of graphql-js and GraphiQL needs, whatever `depth` says. */
const introspectionDepth = 20;

const tooMuch = (zh: string, en: string) => new AppError('BAD_QUERY', {}, { zh, en });
/** What is said of a text that is not clean. */
export const badText: Sentence = { zh: '文本不能包含空字符或不成对的代理字符', en: 'Text must not contain NUL or lone surrogates' };

/** Whether every database and every client can hold a text: no NUL, no half of a surrogate pair. */
function isCleanText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Throws where a document has too many tokens or brackets nest too deep, before it is parsed; also for a syntax error that the lexer meets. */
export function requireSmallDocument(text: string, limits: DocumentLimits): void {
  if (!isCleanText(text)) throw badInput('query', badText);
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  for (let count = 0; ; count += 1) {
    const { kind } = lexer.advance();
    if (kind === TokenKind.EOF) return;
    if (count >= limits.tokens) throw tooMuch(`查询语句不能超过 ${limits.tokens} 个词`, `A document may have at most ${limits.tokens} tokens`);
    if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L) depth += 1;
    if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R) depth -= 1;
    if (depth > nesting) throw tooMuch(`括号嵌套不能超过 ${nesting} 层`, `Brackets may nest at most ${nesting} deep`);
  }
}

/** Throws `BAD_USER_INPUT` with the path of the first text in the variables that is not clean, keys included. */
export function requireCleanVariables(variables: Readonly<Record<string, unknown>>): void {
  // With a list of its own instead of recursion: JSON may nest deeper than the stack.
  const open: { value: unknown; path: string }[] = [{ value: variables, path: '' }];
  for (let item = open.pop(); item; item = open.pop()) {
    const { value, path } = item;
    if (typeof value === 'string') {
      if (!isCleanText(value)) throw badInput(path, badText);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (!isCleanText(key)) throw badInput(path || 'variables', badText);
        open.push({ value: inner, path: path === '' ? key : path.length > 200 ? path : `${path}.${key}` });
      }
    }
  }
}

/** A validation rule: text literals must be clean. */
export const cleanLiterals: ValidationRule = (context: ValidationContext): ASTVisitor => ({
  StringValue(node) {
    if (!isCleanText(node.value)) context.reportError(new GraphQLError('bad text', { nodes: node, originalError: badInput('', badText) }));
  },
});

/** A validation rule: an operation must not be deeper than `limit`. */
export function depthRule(limit: number): ValidationRule {
  return (context) => ({
    Document(document: DocumentNode) {
      const fragments = new Map<string, FragmentDefinitionNode>();
      for (const definition of document.definitions) if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition);
      const depths = new Map<string, number>();
      for (const definition of document.definitions) {
        if (definition.kind !== 'OperationDefinition') continue;
        const introspection = definition.selectionSet.selections.every((selection) => selection.kind === 'Field' && selection.name.value.startsWith('__'));
        const most = introspection ? Math.max(limit, introspectionDepth) : limit;
        if (depthOf(definition.selectionSet, fragments, depths) > most) {
          const error = tooMuch(`查询嵌套不能超过 ${most} 层`, `Fields may nest at most ${most} deep`);
          context.reportError(new GraphQLError(error.message, { nodes: definition, originalError: error }));
          return false;
        }
      }
      return undefined;
    },
  });
}

function depthOf(set: SelectionSetNode | undefined, fragments: ReadonlyMap<string, FragmentDefinitionNode>, known: Map<string, number>): number {
  let deepest = 0;
  for (const selection of set?.selections ?? []) {
    let depth: number;
    if (selection.kind === 'Field') depth = 1 + depthOf(selection.selectionSet, fragments, known);
    else if (selection.kind === 'InlineFragment') depth = depthOf(selection.selectionSet, fragments, known);
    else {
      const name = selection.name.value;
      let measured = known.get(name);
      if (measured === undefined) {
        // A fragment that spreads itself is refused by another rule; here it only must not run for ever.
        known.set(name, 0);
        measured = depthOf(fragments.get(name)?.selectionSet, fragments, known);
        known.set(name, measured);
      }
      depth = measured;
    }
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
