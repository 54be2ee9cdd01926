import { type ASTVisitor, GraphQLError, Lexer, Source, TokenKind, type ValidationContext, type ValidationRule } from 'graphql';
import type { DocumentLimits } from '../../config.ts';
import { AppError, badInput, longestEcho, type Sentence } from '../../kernel/errors.ts';
import { isCleanText } from '../../kernel/texts.ts';

/** Brackets of any kind inside each other. What nests deeper than any real document is refused before a recursive parser sees it. */
export const nesting = 100;

/** Where in the variables something stands is told so deep. */
const deepestPath = 21;

const tooMuch = (zh: string, en: string) => new AppError('BAD_QUERY', {}, { zh, en });
/** What is said of a text that is not clean. */
export const badText: Sentence = { zh: '文本不能包含空字符或不成对的代理字符', en: 'Text must not contain NUL or lone surrogates' };

/** How much of a text is read as a document. */
interface DocumentSize {
  readonly documentCharacters: number;
  readonly documentTokens: number;
  readonly documentLines: number;
}

/**
 * Throws where a document is too long or has too many tokens or lines, names that are too long to be told back in every item of a list, or brackets that nest too deep,
 * before it is parsed; also for a syntax error that the lexer meets.
 */
export function requireSmallDocument(text: string, { documentCharacters: characters, documentTokens: tokens, documentLines: lines }: DocumentSize): void {
  // Comments, and the lines of one text, are no tokens, and take as long to read.
  if (text.length > characters)
    throw tooMuch(
      `查询语句不能超过 ${characters} 个字符，长文本请放入变量`,
      `A document may have at most ${characters} characters: give long texts as variables`,
    );
  if (!isCleanText(text)) throw badInput('query', badText);
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  for (let count = 0; ; count += 1) {
    const { kind, start, end, line } = lexer.advance();
    // Where an error stands is found line by line.
    if (line > lines) throw tooMuch(`查询语句不能超过 ${lines} 行`, `A document may have at most ${lines} lines`);
    if (kind === TokenKind.EOF) return;
    if (count >= tokens) throw tooMuch(`查询语句不能超过 ${tokens} 个词`, `A document may have at most ${tokens} tokens`);
    if (kind === TokenKind.NAME && end - start > longestEcho)
      throw tooMuch(`名称不能超过 ${longestEcho} 个字符`, `A name may have at most ${longestEcho} characters`);
    if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L) depth += 1;
    if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R) depth -= 1;
    if (depth > nesting) throw tooMuch(`括号嵌套不能超过 ${nesting} 层`, `Brackets may nest at most ${nesting} deep`);
  }
}

/**
 * Throws `BAD_USER_INPUT` with the path of a text in the variables that is not clean, keys included; `placeOf` says where a variable stands in
 * the input.
 */
export function requireCleanVariables(variables: Readonly<Record<string, unknown>>, placeOf: (variable: string) => string): void {
  const refuse = (at: Place | null) => {
    const path: string[] = [];
    for (let place = at; place; place = place.container) path.push(String(place.key));
    const [variable, ...inner] = path.reverse().slice(0, deepestPath);
    throw badInput(variable === undefined ? 'variables' : [placeOf(variable), ...inner].join('.'), badText);
  };
  // With a list of its own instead of recursion: JSON may nest deeper than the stack. A path is made only where it is told.
  const open: { readonly value: object; readonly place: Place | null }[] = [];
  const look = (inner: unknown, key: string | number, container: Place | null) => {
    if (typeof inner === 'string') {
      if (!isCleanText(inner)) refuse({ key, container });
    } else if (typeof inner === 'object' && inner !== null) open.push({ value: inner, place: { key, container } });
  };
  open.push({ value: variables, place: null });
  for (let item = open.pop(); item; item = open.pop()) {
    const { value, place } = item;
    if (Array.isArray(value)) for (let index = 0; index < value.length; index += 1) look(value[index], index, place);
    else
      for (const key of Object.keys(value)) {
        if (!isCleanText(key)) refuse(place);
        look(Reflect.get(value, key), key, place);
      }
  }
}

/** Where an object or a list stands in the variables. */
interface Place {
  readonly key: string | number;
  readonly container: Place | null;
}

/** A validation rule: text literals must be clean. */
export const cleanLiterals: ValidationRule = (context: ValidationContext): ASTVisitor => ({
  StringValue(node) {
    if (!isCleanText(node.value)) context.reportError(new GraphQLError('bad text', { nodes: node, originalError: badInput('', badText) }));
  },
});

/** How long operations go on in one turn of the event loop, and events beside them. */
export function turnMsOf({ runMilliseconds }: Pick<DocumentLimits, 'runMilliseconds'>): number {
  return runMilliseconds / 2;
}
