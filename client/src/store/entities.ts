import { isObject } from '../is-object.ts';

/** An object of an answer that has an identity. */
export interface Entity {
  readonly __typename: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

/** What is known of one entity. Its fields hold links in the place of other entities. */
export interface EntityRecord {
  readonly id: string;
  readonly type: string;
  readonly fields: Record<string, unknown>;
  /** Whose fields link here. */
  readonly parents: Set<EntityRecord>;
  links: ReadonlySet<EntityRecord>;
  /** The moment of which the newest copy is, for what has no rev. */
  moment: number;
  /** It is among what has changed, and nobody has looked since. */
  isTouched: boolean;
  isBuilding: boolean;
  version: number;
  whole: View | null;
  views: Map<Shape, View> | null;
  patches: readonly Patch[];
}

/** What is shown of an entity until the server has answered. It is given an object and gives a new one. */
export type Patch = (shown: Entity) => Entity;

/** The fields that are shown of what a field links to: whatever was ever selected there. So what is shown ends where the selections end. */
type Shape = Set<string>;

interface View {
  readonly value: Entity;
  readonly version: number;
  readonly size: number;
}

export class Link {
  readonly record: EntityRecord;
  readonly shape: Shape;
  constructor(record: EntityRecord, shape: Shape) {
    this.record = record;
    this.shape = shape;
  }
}

/** A copy that was read after everything that is known. */
export const now = Number.POSITIVE_INFINITY;

/** These rise and never fall, and raise no rev. */
const marks = new Set(['readSeq', 'peerReadSeq']);

export interface Entities {
  readonly size: number;
  /** The present moment: what was asked for now is older than every event that comes until its answer is here. */
  moment(): number;
  /** Takes every entity of a result. `asked` is the moment at which the server was asked; `now` of an event. */
  merge(result: unknown, asked: number): void;
  find(id: string): EntityRecord | undefined;
  /** The entity as it is shown: the same object as long as nothing in it changes. */
  show(record: EntityRecord): Entity;
  /** Changes fields of a known entity, by what follows from others. */
  set(record: EntityRecord, fields: Readonly<Record<string, unknown>>): void;
  link(record: EntityRecord, field: string, to: EntityRecord): void;
  linked(record: EntityRecord, field: string): EntityRecord | undefined;
  patch(record: EntityRecord, patch: Patch): () => void;
  delete(record: EntityRecord): void;
  /** What is new, has changed, or shows something that has, since this was called before. */
  settle(): ReadonlySet<EntityRecord>;
  /** Lets go what cannot be reached from these. */
  keepOnly(roots: Iterable<EntityRecord>): void;
  clear(): void;
}

interface EntitiesOptions {
  /** What a whole entity shows beyond its fields. */
  readonly extra?: (record: EntityRecord) => object | null;
}

/** The objects of all answers, each once, by global id. */
export function createEntities({ extra }: EntitiesOptions = {}): Entities {
  const records = new Map<string, EntityRecord>();
  const shapes = new Map<string, Shape>();
  let touched = new Set<EntityRecord>();
  let clock = 0;

  // Not by calling itself: each of a thousand messages may quote the one before.
  const touch = (first: EntityRecord) => {
    const waiting = [first];
    for (let record = waiting.pop(); record; record = waiting.pop()) {
      if (record.isTouched) continue;
      record.isTouched = true;
      record.version++;
      touched.add(record);
      waiting.push(...record.parents);
    }
  };

  const create = (id: string, type: string): EntityRecord => {
    const record: EntityRecord = {
      id,
      type,
      fields: { __typename: type, id },
      parents: new Set(),
      links: none,
      moment: 0,
      isTouched: false,
      isBuilding: false,
      version: 0,
      whole: null,
      views: null,
      patches: [],
    };
    records.set(id, record);
    return record;
  };

  const relink = (record: EntityRecord) => {
    const links = new Set<EntityRecord>();
    for (const key in record.fields) collectLinks(record.fields[key], links);
    for (const old of record.links) if (!links.has(old)) old.parents.delete(record);
    for (const link of links) link.parents.add(record);
    record.links = links.size === 0 ? none : links;
  };

  const shapeOf = (type: string, field: string): Shape => {
    const name = `${type}.${field}`;
    const known = shapes.get(name);
    if (known) return known;
    const shape: Shape = new Set();
    shapes.set(name, shape);
    return shape;
  };

  const put = (copy: Entity, asked: number, isWithinOlder: boolean): EntityRecord => {
    const before = records.get(copy.id);
    const record = before ?? create(copy.id, copy.__typename);
    const { fields } = record;
    const isOlder = isOlderCopy(copy, record, asked, isWithinOlder);
    let hasChanged = before === undefined;
    let mayHaveOtherLinks = false;
    for (const key in copy) {
      const value = copy[key];
      const known = fields[key];
      if (value === known) continue;
      const taken = take(value, record.type, key, asked, isOlder);
      const isMark = marks.has(key) && typeof known === 'number';
      if (taken === undefined || (isMark ? Number(taken) < known : isOlder && known !== undefined)) continue;
      const merged = mergeValues(known, taken);
      if (merged === known || (key === 'lastMessage' && seqOf(known) > seqOf(merged))) continue;
      fields[key] = merged;
      hasChanged = true;
      mayHaveOtherLinks ||= isObject(known) || isObject(merged);
    }
    if (!isOlder) record.moment = Math.max(record.moment, asked === now ? clock : asked);
    if (mayHaveOtherLinks) relink(record);
    if (hasChanged) touch(record);
    return record;
  };

  /** What is kept of a value; undefined where it is none of the entity's own. */
  const take = (value: unknown, type: string, field: string, asked: number, isOlder: boolean): unknown => {
    if (!isObject(value)) return value;
    if (Array.isArray(value)) return value.map((item) => take(item, type, field, asked, isOlder));
    if (isEntity(value)) {
      const record = put(value, asked, isOlder);
      // What points up would make everything below change with it.
      if (field === 'conversation') return { __typename: record.type, id: record.id };
      const shape = shapeOf(type, field);
      for (const key in value) shape.add(key);
      return new Link(record, shape);
    }
    const fields = mapFields(value, (inner) => take(inner, type, field, asked, isOlder));
    // Pages are walked through and not kept: they are part of a list.
    return 'edges' in value ? undefined : fields;
  };

  const build = (record: EntityRecord, shape: Shape | null, before: Entity | undefined): Entity => {
    // Somebody has selected in a circle.
    if (record.isBuilding) return { __typename: record.type, id: record.id };
    const value: { __typename: string; id: string; [field: string]: unknown } = { __typename: record.type, id: record.id };
    record.isBuilding = true;
    for (const key in record.fields) if (!shape || shape.has(key)) value[key] = display(record.fields[key], before?.[key]);
    record.isBuilding = false;
    if (!shape && extra) Object.assign(value, extra(record));
    let built: Entity = value;
    for (const patch of record.patches) built = patch(built);
    return before && isShallowEqual(before, built) ? before : built;
  };

  const view = (record: EntityRecord, shape: Shape | null): Entity => {
    record.isTouched = false;
    const size = shape?.size ?? 0;
    const known = shape ? record.views?.get(shape) : record.whole;
    if (known && known.version === record.version && known.size === size) return known.value;
    const made = { value: build(record, shape, known?.value), version: record.version, size };
    if (shape) {
      record.views ??= new Map();
      record.views.set(shape, made);
    } else record.whole = made;
    return made.value;
  };

  const display = (value: unknown, known: unknown): unknown => {
    if (value instanceof Link) return view(value.record, value.shape);
    if (!isObject(value)) return value;
    const before = isObject(known) ? known : {};
    const shown = mapFields(value, (inner, key) => display(inner, before[key]));
    return isShallowEqual(known, shown) ? known : shown;
  };

  const remove = (record: EntityRecord) => {
    records.delete(record.id);
    for (const link of record.links) link.parents.delete(record);
  };

  return {
    get size() {
      return records.size;
    },
    moment: () => ++clock,
    merge(result, asked) {
      if (asked === now) clock++;
      take(result, '', '', asked, false);
    },
    find: (id) => records.get(id),
    show: (record) => view(record, null),
    set(record, fields) {
      let hasChanged = false;
      for (const key in fields)
        if (record.fields[key] !== fields[key]) {
          record.fields[key] = fields[key];
          hasChanged = true;
        }
      if (hasChanged) touch(record);
    },
    link(record, field, to) {
      const known = record.fields[field];
      if (known instanceof Link && known.record === to) return;
      const shape = shapeOf(record.type, field);
      for (const key in to.fields) shape.add(key);
      record.fields[field] = new Link(to, shape);
      relink(record);
      touch(record);
    },
    linked(record, field) {
      const value = record.fields[field];
      return value instanceof Link ? value.record : undefined;
    },
    patch(record, patch) {
      record.patches = [...record.patches, patch];
      touch(record);
      return () => {
        record.patches = record.patches.filter((other) => other !== patch);
        touch(record);
      };
    },
    delete(record) {
      touch(record);
      touched.add(record);
      remove(record);
    },
    settle() {
      const settled = touched;
      touched = new Set();
      for (const record of settled) record.isTouched = false;
      return settled;
    },
    keepOnly(roots) {
      const kept = new Set<EntityRecord>();
      const waiting = [...roots];
      for (let record = waiting.pop(); record; record = waiting.pop()) {
        if (kept.has(record)) continue;
        kept.add(record);
        waiting.push(...record.links);
      }
      for (const record of records.values()) if (!kept.has(record) && record.patches.length === 0) remove(record);
    },
    clear() {
      records.clear();
      touched.clear();
    },
  };
}

const none: ReadonlySet<EntityRecord> = new Set();

function isEntity(value: unknown): value is Entity {
  return isObject(value) && typeof value.__typename === 'string' && typeof value.id === 'string';
}

function isOlderCopy(copy: Entity, { fields, moment }: EntityRecord, asked: number, isWithinOlder: boolean): boolean {
  const isAskedBefore = asked < moment;
  if (typeof copy.rev !== 'number' || typeof fields.rev !== 'number') return isAskedBefore || isWithinOlder;
  if (copy.rev !== fields.rev) return copy.rev < fields.rev;
  let hasRisen = false;
  for (const mark of marks) {
    const [copied, known] = [copy[mark], fields[mark]];
    if (typeof copied !== 'number' || typeof known !== 'number') continue;
    if (copied < known) return true;
    hasRisen ||= copied > known;
  }
  return !hasRisen && isAskedBefore;
}

function collectLinks(value: unknown, into: Set<EntityRecord>): void {
  if (value instanceof Link) into.add(value.record);
  else if (isObject(value)) for (const key in value) collectLinks(value[key], into);
}

function seqOf(value: unknown): number {
  return value instanceof Link ? Number(value.record.fields.seq ?? 0) : 0;
}

/** The known value where nothing in it is different. What a smaller selection of the same object left out stays, but not of the items of lists. */
function mergeValues(known: unknown, taken: unknown, isItem = false): unknown {
  if (!isObject(known) || !isObject(taken)) return taken;
  if (known instanceof Link || taken instanceof Link) return known instanceof Link && taken instanceof Link && known.record === taken.record ? known : taken;
  const isList = Array.isArray(taken);
  const merged = mapFields(taken, (inner, key) => mergeValues(known[key], inner, isItem || isList));
  const whole = isList || isItem || known.__typename !== taken.__typename ? merged : { ...known, ...merged };
  return isList === Array.isArray(known) && isShallowEqual(known, whole) ? known : whole;
}

function mapFields(value: Readonly<Record<string, unknown>>, map: (inner: unknown, key: string) => unknown): object {
  if (Array.isArray(value)) return value.map((inner, place) => map(inner, String(place)));
  const mapped: Record<string, unknown> = {};
  for (const key in value) mapped[key] = map(value[key], key);
  return mapped;
}

export function isShallowEqual(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
