import { isUnavailable } from './client-rules.ts';
import { type Held, isList, isRef, type Store } from './state-store.ts';

/** One value that a copy has otherwise than the server. */
export interface Difference {
  /** Of what: the type of a node, or Query. */
  readonly type: string;
  /** The node's id; empty for root fields. */
  readonly id: string;
  /** The way to the value, such as `chatset.visitor.sendCount`. */
  readonly field: string;
  /** What the copy has; undefined where it has nothing. */
  readonly held: Held | undefined;
  /** What the server says. */
  readonly is: Held | undefined;
}

/** Root fields that say again, by id, what others say: what they give follows from what is held. */
const byId = /^(?:node|conversation)\(id: "(.*)"\)$/;

/**
 * Every value of everything that is read anew, `after`, that a copy has otherwise. What `after` gives by id must be what the copy holds: what
 * the copy does not hold must be null there (people excepted: everybody may see who somebody is).
 */
export function differencesOf(copy: Store, after: Store): Difference[] {
  const differences: Difference[] = [];
  const compare = (type: string, id: string, field: string, held: Held | undefined, is: Held | undefined) => {
    for (const [leaf, mine, theirs] of leavesOf(field, held, is)) differences.push({ type, id, field: leaf, held: mine, is: theirs });
  };
  const known = copy.held();
  for (const [name, held] of copy.roots()) {
    // In which order contacts stand is a matter of pages: no field tells it.
    const [mine, theirs] = name.startsWith('contacts(') ? [sorted(held), sorted(after.root(name))] : [held, after.root(name)];
    compare('Query', '', name, mine, theirs);
  }
  for (const [name, is] of after.roots()) {
    const id = byId.exec(name)?.[1];
    if (id === undefined) continue;
    const entity = known.get(id);
    const isPerson = after.find(id)?.type === 'User';
    if (!entity && isPerson) continue;
    const gone = entity?.type === 'User' && isUnavailable(copy.find(refOf(entity.fields.relationship))?.fields);
    compare('Query', '', name, entity && !gone ? { ref: id } : null, is);
  }
  for (const [id, { type, fields }] of after.held((root) => !byId.test(root))) {
    const mine = known.get(id)?.fields;
    if (mine) for (const [field, is] of Object.entries(fields)) compare(type, id, field, mine[field], is);
  }
  return differences;
}

/** A difference in a line that can be read; `names` are the people by uuid. */
export function describeDifference({ type, id, field, held, is }: Difference, names: ReadonlyMap<string, string>): string {
  const of = type === 'Query' ? '' : `${readable(id, names)}.`;
  return `${of}${readableText(field, names)}: held ${readableText(show(held), names)}, is ${readableText(show(is), names)}`;
}

function* leavesOf(field: string, held: Held | undefined, is: Held | undefined): Generator<readonly [string, Held | undefined, Held | undefined]> {
  if (JSON.stringify(held) === JSON.stringify(is)) return;
  if (isPlain(held) && isPlain(is))
    for (const key of new Set([...Object.keys(held), ...Object.keys(is)])) yield* leavesOf(`${field}.${key}`, held[key], is[key]);
  else yield [field, held, is];
}

function isPlain(value: Held | undefined): value is { readonly [key: string]: Held } {
  return typeof value === 'object' && value !== null && !isRef(value) && !isList(value);
}

function refOf(value: Held | undefined): string {
  return isRef(value) ? value.ref : '';
}

function sorted(value: Held | undefined): Held | undefined {
  return isList(value) ? value.toSorted((one, other) => refOf(one).localeCompare(refOf(other))) : value;
}

function show(value: Held | undefined): string {
  return value === undefined ? 'nothing' : isRef(value) ? value.ref : isList(value) ? `[${value.map(show).join(', ')}]` : JSON.stringify(value);
}

function readableText(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/[\w-]{20,}/g, (id) => readable(id, names));
}

/** A global id for the eyes of whoever reads a failure; tests decide nothing by it. */
function readable(id: string, names: ReadonlyMap<string, string>): string {
  const plain = Buffer.from(id, 'base64url').toString('latin1');
  const text = /^[A-Z][A-Za-z]+:[\x20-\x7e]+$/.test(plain) ? plain : id;
  return [...names].reduce((shown, [uuid, name]) => shown.replaceAll(uuid, name), text);
}
