import type { WholeDocument } from './whole-state.ts';

/** A value of an answer. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A node that is held elsewhere in the store, by its global id. */
export interface Ref {
  readonly ref: string;
}

/** A value as it is held: nodes are references, pages are lists of what stands on them. */
export type Held = string | number | boolean | null | Ref | readonly Held[] | { readonly [key: string]: Held };

/** The fields of a node or of the root. */
export type Fields = { readonly [field: string]: Held };

/** A node as far as it is known. */
export interface Entity {
  readonly type: string;
  readonly fields: Fields;
}

/** What a client holds: the root fields that it has read, and every node once. */
export interface Store {
  /** The node with an id, whether anything still leads to it or not. */
  find(id: string): Entity | undefined;
  /** A root field. */
  root(name: string): Held | undefined;
  roots(): readonly (readonly [name: string, value: Held])[];
  /** The nodes to which a way leads from the roots (or from those for which `from` holds), by id: the others are as good as forgotten. */
  held(from?: (root: string) => boolean): ReadonlyMap<string, Entity>;
  /** Takes the answer to a query. `refused` are the codes of root fields that were refused. */
  read(document: WholeDocument, data: { readonly [key: string]: Json }, refused: ReadonlyMap<string, string>): void;
  /** Takes an event, as the contract tells clients to. */
  apply(document: WholeDocument, event: Json): void;
}

/** What a rule may do with a store. */
export interface Hands {
  /** The value that an event carries in a field. Throws where it is not there. */
  told(field: string): Held;
  entity(value: Held | undefined): Entity | undefined;
  change(value: Held | undefined, fields: Fields): void;
  root(name: string): Held | undefined;
  setRoot(name: string, value: Held): void;
  forget(id: string): void;
  ofType(type: string): readonly (readonly [id: string, entity: Entity])[];
}

/** What a client must do beside taking over the nodes that an event carries. */
export type Rule = (hands: Hands) => void;

/** How a client keeps its copy up to date. */
export interface Rules {
  /** What each event does, by its typename. An event without a rule fails: somebody has to say what a client does with it. */
  readonly events: Readonly<Record<string, Rule>>;
  /** Of two copies of a node of a type, what is kept. Default: each field that the later one carries. */
  readonly merge: Readonly<Record<string, (held: Fields, told: Fields) => Fields>>;
  /** What follows from the nodes, done after each event. */
  readonly conclude: Rule;
}

/** Whether a value is a reference to a node. */
export function isRef(value: Held | undefined): value is Ref {
  return typeof value === 'object' && value !== null && 'ref' in value;
}

/** Whether a value is a list. */
export function isList(value: Held | undefined): value is readonly Held[] {
  return Array.isArray(value);
}

/** Makes an empty store. */
export function createStore(rules: Rules): Store {
  const entities = new Map<string, Entity>();
  const roots = new Map<string, Held>();

  const put = (id: string, type: string, fields: Fields) => {
    const before = entities.get(id)?.fields ?? {};
    const merge = rules.merge[type] ?? ((held: Fields, told: Fields): Fields => ({ ...held, ...told }));
    entities.set(id, { type, fields: merge(before, fields) });
  };

  /** The value with its nodes put away. */
  const take = (value: Json, names: ReadonlyMap<string, string>): Held => {
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) return value.map((item) => take(item, names));
    const fields: Record<string, Held> = {};
    for (const [key, inner] of Object.entries(value)) fields[names.get(key) ?? key] = take(inner, names);
    const { edges, pageInfo, id, __typename, ...rest } = fields;
    if (isList(edges)) return itemsOf(edges, pageInfo);
    if (typeof id !== 'string') return fields;
    put(id, String(__typename), rest);
    return { ref: id };
  };

  const handsOn = (event: Fields): Hands => ({
    told(field) {
      const value = event[field];
      if (value === undefined) throw new Error(`the event carries no ${field}`);
      return value;
    },
    entity: (value) => (isRef(value) ? entities.get(value.ref) : undefined),
    change(value, fields) {
      const entity = isRef(value) ? entities.get(value.ref) : undefined;
      if (isRef(value) && entity) entities.set(value.ref, { ...entity, fields: { ...entity.fields, ...fields } });
    },
    root: (name) => roots.get(name),
    setRoot: (name, value) => void roots.set(name, value),
    forget: (id) => void entities.delete(id),
    ofType: (type) => [...entities].filter(([, entity]) => entity.type === type),
  });

  return {
    find: (id) => entities.get(id),
    root: (name) => roots.get(name),
    roots: () => [...roots],
    held(from = () => true) {
      const found = new Map<string, Entity>();
      const follow = (value: Held) => {
        if (isRef(value)) {
          const entity = entities.get(value.ref);
          if (!entity || found.has(value.ref)) return;
          found.set(value.ref, entity);
          follow(entity.fields);
        } else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) follow(inner);
      };
      for (const [name, value] of roots) if (from(name)) follow(value);
      return found;
    },
    read({ names }, data, refused) {
      for (const [key, value] of Object.entries(data)) {
        const code = refused.get(key);
        roots.set(names.get(key) ?? key, code === undefined ? take(value, names) : `refused: ${code}`);
      }
    },
    apply({ names }, event) {
      const fields = take(event, names);
      const typename = typeof event === 'object' && event !== null && '__typename' in event ? String(event.__typename) : '';
      const rule = rules.events[typename];
      if (!rule || typeof fields !== 'object' || fields === null || isList(fields) || isRef(fields))
        throw new Error(`no rule says what a client does with ${typename}`);
      const hands = handsOn(fields);
      rule(hands);
      rules.conclude(hands);
    },
  };
}

/** What stands on a page, which must be the whole list: of a part nobody could say what is missing. */
function itemsOf(edges: readonly Held[], pageInfo: Held | undefined): Held[] {
  if (typeof pageInfo !== 'object' || pageInfo === null || !('hasNextPage' in pageInfo) || pageInfo.hasNextPage !== false)
    throw new Error('a list is longer than a page: the state would not be whole');
  return edges.map((edge) => {
    if (typeof edge !== 'object' || edge === null || !('node' in edge) || edge.node === undefined) throw new Error('an edge without a node');
    return edge.node;
  });
}

// `Array.isArray` alone does not narrow readonly lists.
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
