import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type InlineFragmentNode,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import type { DocumentLimits } from '../../config.ts';
import { AppError } from '../../kernel/errors.ts';
import { createNameCounter, type NameCounts, noNames } from './name-counts.ts';

/** The mutations that let somebody in or change how: of these a document asks for one, so that nobody tries many passwords in one request. */
const doors: ReadonlySet<string> = new Set(['login', 'register', 'registerVisitor', 'identify', 'refreshSession', 'changePassword']);

/** What stands directly in a selection, with what is in the fragments that are spread there. */
interface Level {
  readonly fields: number;
  readonly schemas: number;
  readonly types: number;
  readonly doors: number;
  readonly depth: number;
  /** The depth of what is asked about the schema itself. */
  readonly introspectionDepth: number;
  readonly names: NameCounts;
}

/** Names in all selections, with fragments written out: far more than a page asks for, and counted in some milliseconds. */
export const mostWritten = 40_000;

const nothing: Level = { fields: 0, schemas: 0, types: 0, doors: 0, depth: 0, introspectionDepth: 0, names: noNames };

/**
 * Throws `BAD_QUERY` where a document that was only parsed has more of anything than one may ask for. Fragments count at each place where they
 * are spread, and are looked at once, so that the time is that of the document's length however they spread each other.
 */
export function requireModest(document: DocumentNode, schema: GraphQLSchema, limits: DocumentLimits): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition);
  const { documentFragments: mostFragments, documentVariables: mostVariables, documentDirectives: mostDirectives } = limits;
  const fragmentCount = document.definitions.filter(({ kind }) => kind === 'FragmentDefinition').length;
  if (fragmentCount > mostFragments) throw tooMany(`最多定义 ${mostFragments} 个片段`, `A document may define at most ${mostFragments} fragments`);
  const known = new Map<string, Level>();
  const names = createNameCounter();
  let written = 0;

  const requireFewDirectives = (node: ASTNode) => {
    if ('directives' in node && (node.directives?.length ?? 0) > mostDirectives)
      throw tooMany(`同一处最多使用 ${mostDirectives} 个指令`, `At most ${mostDirectives} directives at one place`);
  };

  /** `inside` what is asked about the schema itself. */
  const levelOf = (set: SelectionSetNode | undefined, inside: boolean): Level => {
    if (set === undefined) return nothing;
    let level = nothing;
    const parts: NameCounts[] = [];
    for (const node of set.selections) {
      requireFewDirectives(node);
      const inner =
        node.kind === 'Field' ? fieldLevel(node, inside) : node.kind === 'InlineFragment' ? fragmentLevel(node, inside) : namedLevel(node.name.value, inside);
      level = sumOf(level, inner);
      parts.push(inner.names);
      written += inner.names.ids.length;
      if (written > mostWritten) throw tooMany('片段使用过多', 'Written out, the fragments of this document are too many fields');
    }
    return { ...level, names: names.sum(parts, (name, count) => requireFew(name, count, inside)) };
  };

  /** Of fragments on different object types only one counts. */
  const fragmentLevel = ({ typeCondition, selectionSet }: InlineFragmentNode | FragmentDefinitionNode, inside: boolean): Level => {
    const level = levelOf(selectionSet, inside);
    const type = typeCondition?.name.value;
    return type !== undefined && isObjectType(schema.getType(type)) ? { ...level, names: names.only(level.names, type) } : level;
  };

  const fieldLevel = ({ name: { value: name }, alias, selectionSet }: FieldNode, inside: boolean): Level => {
    const own = { ...nothing, names: names.field(name, alias?.value ?? name) };
    const about = !inside && (name === '__schema' || name === '__type');
    const { depth, introspectionDepth } = levelOf(selectionSet, inside || about);
    const deep = 1 + Math.max(depth, introspectionDepth);
    if (!about) return { ...own, fields: 1, doors: doors.has(name) ? 1 : 0, depth: deep };
    return { ...own, schemas: name === '__schema' ? 1 : 0, types: name === '__type' ? 1 : 0, introspectionDepth: deep };
  };

  const namedLevel = (name: string, inside: boolean): Level => {
    const key = inside ? `__ ${name}` : name;
    const measured = known.get(key);
    if (measured) return measured;
    // A fragment that spreads itself is refused by another rule; here it only must not run for ever.
    known.set(key, nothing);
    const fragment = fragments.get(name);
    const level = fragment ? fragmentLevel(fragment, inside) : nothing;
    known.set(key, level);
    return level;
  };

  const requireFew = ({ text, isResponse }: { readonly text: string; readonly isResponse: boolean }, count: number, inside: boolean) => {
    const { documentSameNameFields: mostNames, documentSameResponseNameFields: mostResponses } = limits;
    if (inside && !isResponse && text !== '__typename')
      throw tooMany('查询 schema 时，同一处的字段不能重复', 'What is asked about the schema may stand only once in a selection');
    if (isResponse && count > mostResponses)
      throw tooMany(`同一处相同的返回名最多 ${mostResponses} 个`, `A response name may stand at most ${mostResponses} times in one selection`);
    if (!isResponse && count > mostNames)
      throw tooMany(`同一处相同的字段最多 ${mostNames} 个`, `A field may stand at most ${mostNames} times in one selection`);
  };

  let variables = 0;
  let entries = 0;
  for (const definition of document.definitions) {
    requireFewDirectives(definition);
    if (definition.kind === 'FragmentDefinition') namedLevel(definition.name.value, false);
    if (definition.kind !== 'OperationDefinition') continue;
    variables += definition.variableDefinitions?.length ?? 0;
    if (variables > mostVariables) throw tooMany(`最多定义 ${mostVariables} 个变量`, `A document may define at most ${mostVariables} variables`);
    for (const variable of definition.variableDefinitions ?? []) requireFewDirectives(variable);
    const level = levelOf(definition.selectionSet, false);
    requireModestRoot(level, limits);
    entries += level.doors;
    if (entries > 1) throw tooMany('一次请求只能登录或注册一次', `A document may ask for only one of ${[...doors].join(', ')}`);
  }
}

function requireModestRoot({ fields, schemas, types, depth, introspectionDepth }: Level, limits: DocumentLimits): void {
  const { documentRootFields, documentDepth, introspectionDepth: mostIntrospectionDepth, introspectionTypes } = limits;
  if (depth > documentDepth) throw tooMany(`查询嵌套不能超过 ${documentDepth} 层`, `Fields may nest at most ${documentDepth} deep`);
  if (introspectionDepth > mostIntrospectionDepth)
    throw tooMany(`查询嵌套不能超过 ${mostIntrospectionDepth} 层`, `Fields may nest at most ${mostIntrospectionDepth} deep`);
  if (fields > documentRootFields) throw tooMany(`最外层最多 ${documentRootFields} 个字段`, `An operation may have at most ${documentRootFields} root fields`);
  if (schemas > 1) throw tooMany('__schema 只能查询一次', 'Ask for __schema once');
  if (types > introspectionTypes) throw tooMany(`__type 最多查询 ${introspectionTypes} 次`, `Ask for __type at most ${introspectionTypes} times`);
}

function sumOf(a: Level, b: Level): Level {
  return {
    fields: a.fields + b.fields,
    schemas: a.schemas + b.schemas,
    types: a.types + b.types,
    doors: a.doors + b.doors,
    depth: Math.max(a.depth, b.depth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    names: noNames,
  };
}

function tooMany(zh: string, en: string): AppError {
  return new AppError('BAD_QUERY', {}, { zh, en });
}
