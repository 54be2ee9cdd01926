import { parseAst } from 'vitest/node';

/** A node of the syntax, as the parser gives it. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [property: string]: unknown;
}

/** Lists that are written out in the sources, by name: those of other files; those of the file itself are found. */
const elsewhere = ['openStatuses'];
let written: readonly string[] = elsewhere;

/**
 * The places of a source file where a statement becomes as long as a list without `platform/statement.ts`, which cuts it into portions. What
 * strangers can make has no end, and a statement has one: SQLite takes 32,766 values, 500 parts of a union and a depth of 1,000, MySQL a packet.
 */
export function uncutLists(code: string): string[] {
  const found: string[] = [];
  const report = ({ start }: Node) => {
    const end = code.indexOf('\n', start);
    found.push(code.slice(code.lastIndexOf('\n', start) + 1, end === -1 ? undefined : end).trim());
  };
  const visit = (node: Node) => {
    if (node.type === 'CallExpression' && isUncut(node)) report(node);
    for (const child of childrenOf(node)) visit(child);
  };
  const program: unknown = parseAst(code, { lang: 'ts' });
  if (!isNode(program)) return [];
  written = [...elsewhere, ...nodesIn(program.body).flatMap(writtenIn)];
  visit(program);
  return found;
}

/** The names of constants that are lists of values which are written out. */
function writtenIn(statement: Node): string[] {
  return nodesIn(statement.declarations).flatMap(({ id, init }) => {
    let list = init;
    while (isNode(list) && list.type.startsWith('TS')) list = list.expression;
    const isList =
      statement.kind === 'const' && isNode(list) && list.type === 'ArrayExpression' && nodesIn(list.elements).every(({ type }) => type === 'Literal');
    return isList && isNode(id) ? [String(id.name)] : [];
  });
}

function isUncut(call: Node): boolean {
  const name = nameOf(call);
  const args = nodesIn(call.arguments);
  // `in` comes second, before the values: where('id', 'in', …), eb('id', 'in', …), on('id', 'in', …).
  const place = args.findIndex(({ value }) => value === 'in' || value === 'not in');
  if (place >= 0 && place + 1 < args.length) return !isCut(args[place + 1]);
  const [first] = args;
  if (name === 'or' || name === 'and') return first !== undefined && !isWritten(first) && first.type !== 'ArrowFunctionExpression';
  const owner = isNode(call.callee) && isNode(call.callee.object) ? call.callee.object.name : null;
  if (name === 'union' || name === 'unionAll') return owner !== 'z';
  if (name === 'values') return owner !== 'Object' && first !== undefined && first.type !== 'ObjectExpression' && !isWritten(first);
  return name === 'join' && owner === 'sql';
}

/** Whether a list has an end: it is written out, rows of the database, or in the place for one in a statement. */
function isCut(list: Node | undefined): boolean {
  if (list === undefined || isWritten(list)) return true;
  if (list.type === 'CallExpression') return isSlot(list) || isQuery(list);
  return list.type === 'Identifier' && written.includes(String(list.name));
}

/** slot('ids'), slot.whole('ids') */
function isSlot({ callee }: Node): boolean {
  const called = isNode(callee) && callee.type === 'MemberExpression' && isNode(callee.property) && callee.property.name === 'whole' ? callee.object : callee;
  return isNode(called) && called.name === 'slot';
}

/** Whether it is a query of its own: the database has its rows, and no statement. */
function isQuery(call: Node): boolean {
  if (nameOf(call) === 'select') return true;
  return isNode(call.callee) && isNode(call.callee.object) && isQuery(call.callee.object);
}

function isWritten(list: Node): boolean {
  if (list.type !== 'ArrayExpression') return false;
  return nodesIn(list.elements).every(
    (element) =>
      element.type !== 'SpreadElement' ||
      (isNode(element.argument) && (written.includes(String(element.argument.name)) || element.argument.type === 'ConditionalExpression')),
  );
}

/** The name of the function or method that is called; empty where it has none. */
function nameOf({ callee }: Node): string {
  if (!isNode(callee)) return '';
  if (callee.type === 'Identifier') return String(callee.name);
  return isNode(callee.property) ? String(callee.property.name) : '';
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) => (isNode(value) ? [value] : nodesIn(value)));
}

function nodesIn(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
