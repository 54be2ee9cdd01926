import { createCipheriv, createDecipheriv, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** How far the sweep of a long replay has come: everything in epochs up to `epoch` and at or before (`logId`, `rev`) has been given. */
export interface Mark {
  readonly epoch: number;
  readonly logId: number;
  readonly rev: number;
}

/**
 * A position in everything that one viewer receives: all entries of epochs up to `base`, of the logs in `revs` all up to that rev, and
 * what the mark has swept.
 */
export interface Position {
  readonly base: number;
  readonly revs: ReadonlyMap<number, number>;
  readonly mark: Mark | null;
}

/** At most so many logs are named in a cursor, so that it stays below 1 KB. */
export const cursorItems = 40;

/** Items that are remembered. */
const recentItems = 256;

const version = 1;
const logBytes = 6;
const revBytes = 5;
const headBytes = 1 + 6 + 6 + 6;
const markBytes = 6 + logBytes + revBytes;

/** The keys of cursors: 32 bytes each. */
export interface CursorKeys {
  readonly seal: Buffer;
  readonly mac: Buffer;
  readonly item: Buffer;
}

/** Keys as they are used: made of raw bytes anew each time, they cost several times what is done with them. */
function preparedOf({ seal, mac, item }: CursorKeys) {
  const itemKey = createSecretKey(item);
  return {
    seal: createSecretKey(seal),
    mac: createSecretKey(mac),
    // In this mode a block depends on no other, and one goes in and comes out whole each time: two do for all items.
    itemCipher: createCipheriv('aes-256-ecb', itemKey, null).setAutoPadding(false),
    itemDecipher: createDecipheriv('aes-256-ecb', itemKey, null).setAutoPadding(false),
  };
}

type PreparedKeys = ReturnType<typeof preparedOf>;

/** Makes and reads the wire form of cursors: `head.item.item…`, opaque to clients and sealed against change. */
export interface CursorCodec {
  /** The part of a cursor that changes only with the base or the mark; at most 72 characters. */
  head(viewerId: number, incarnation: number, base: number, mark: Mark | null): string;
  /** The part of a cursor for one log; 22 characters, the same for every viewer, so that it is made once for each event. */
  item(logId: number, rev: number): string;
  /** Puts a cursor together. */
  join(head: string, items: readonly { readonly text: string }[]): string;
  /** The position in a cursor of this viewer; null where a piece is bad or it belongs to another viewer or incarnation. */
  decode(cursor: string, viewerId: number, incarnation: number): Position | null;
}

/** The codec for keys; the first makes cursors, all are accepted. Nothing here depends on the time or on chance. */
export function createCursorCodec(accepted: readonly [CursorKeys, ...CursorKeys[]]): CursorCodec {
  const [currentKeys, ...olderKeys] = accepted;
  const current = preparedOf(currentKeys);
  const all = [current, ...olderKeys.map(preparedOf)];

  const seal = (keys: PreparedKeys, plain: Buffer): string => {
    // The IV is made from the text, so equal positions give equal cursors and no nonce has to be kept.
    const iv = createHmac('sha256', keys.mac).update(plain).digest().subarray(0, 16);
    const cipher = createCipheriv('aes-256-ctr', keys.seal, iv);
    return Buffer.concat([iv, cipher.update(plain), cipher.final()]).toString('base64url');
  };
  const unseal = (keys: PreparedKeys, text: string): Buffer | null => {
    const sealed = Buffer.from(text, 'base64url');
    if (sealed.length !== 16 + headBytes && sealed.length !== 16 + headBytes + markBytes) return null;
    const iv = sealed.subarray(0, 16);
    const decipher = createDecipheriv('aes-256-ctr', keys.seal, iv);
    const plain = Buffer.concat([decipher.update(sealed.subarray(16)), decipher.final()]);
    return timingSafeEqual(iv, createHmac('sha256', keys.mac).update(plain).digest().subarray(0, 16)) ? plain : null;
  };
  const encipher = (keys: PreparedKeys, logId: number, rev: number): string => {
    const block = Buffer.alloc(16);
    block.writeUIntBE(logId, 0, logBytes);
    block.writeUIntBE(rev, logBytes, revBytes);
    return keys.itemCipher.update(block).toString('base64url');
  };
  const decipherItem = (keys: PreparedKeys, text: string): readonly [number, number] | null => {
    const sealed = Buffer.from(text, 'base64url');
    if (sealed.length !== 16) return null;
    const block = keys.itemDecipher.update(sealed);
    if (block.subarray(logBytes + revBytes).some((byte) => byte !== 0)) return null;
    return [block.readUIntBE(0, logBytes), block.readUIntBE(logBytes, revBytes)];
  };

  const head = (keys: PreparedKeys, viewerId: number, incarnation: number, base: number, mark: Mark | null): string => {
    const plain = Buffer.alloc(headBytes + (mark ? markBytes : 0));
    plain.writeUInt8(version, 0);
    plain.writeUIntBE(viewerId, 1, 6);
    plain.writeUIntBE(incarnation, 7, 6);
    plain.writeUIntBE(base, 13, 6);
    if (mark) {
      plain.writeUIntBE(mark.epoch, headBytes, 6);
      plain.writeUIntBE(mark.logId, headBytes + 6, logBytes);
      plain.writeUIntBE(mark.rev, headBytes + 6 + logBytes, revBytes);
    }
    return seal(keys, plain);
  };

  const decodeWith = (keys: PreparedKeys, cursor: string, viewerId: number, incarnation: number): Position | null => {
    const [first = '', ...items] = cursor.split('.');
    if (items.length > cursorItems) return null;
    const plain = unseal(keys, first);
    if (!plain || plain.readUInt8(0) !== version || plain.readUIntBE(1, 6) !== viewerId || plain.readUIntBE(7, 6) !== incarnation) return null;
    const mark =
      plain.length === headBytes
        ? null
        : {
            epoch: plain.readUIntBE(headBytes, 6),
            logId: plain.readUIntBE(headBytes + 6, logBytes),
            rev: plain.readUIntBE(headBytes + 6 + logBytes, revBytes),
          };
    const revs = new Map<number, number>();
    for (const text of items) {
      const item = decipherItem(keys, text);
      if (!item || revs.has(item[0])) return null;
      revs.set(item[0], item[1]);
    }
    const base = plain.readUIntBE(13, 6);
    // Base64 has several spellings of the same bytes; only ours is accepted. The bytes themselves cannot be others: each piece has one form.
    const again = [first, ...items].map((text) => Buffer.from(text, 'base64url').toString('base64url')).join('.');
    return again === cursor ? { base, revs, mark } : null;
  };

  // An entry is given to all who receive it, one after the other, and those whom several replays give are given to each in turn.
  const recent = Array.from({ length: recentItems }, () => ({ logId: 0, rev: 0, text: '' }));

  return {
    head: (viewerId, incarnation, base, mark) => head(current, viewerId, incarnation, base, mark),
    item(logId, rev) {
      const place = (logId + rev) % recentItems;
      const known = recent[place];
      if (known?.logId === logId && known.rev === rev) return known.text;
      const text = encipher(current, logId, rev);
      recent[place] = { logId, rev, text };
      return text;
    },
    join(first, items) {
      let cursor = first;
      for (const { text } of items) cursor += `.${text}`;
      return cursor;
    },
    decode(cursor, viewerId, incarnation) {
      if (cursor.length > 1024) return null;
      for (const keys of all) {
        const position = decodeWith(keys, cursor, viewerId, incarnation);
        if (position) return position;
      }
      return null;
    },
  };
}

/**
 * Whether `a` is further than `b`: higher base, then the mark (none is lowest), then the greater sum of revs. Used to choose between the
 * `after` of a subscription and the cursor of its socket.
 */
export function isNewer(a: Position, b: Position): boolean {
  const keysOf = ({ base, mark, revs }: Position) => [
    base,
    mark?.epoch ?? -1,
    mark?.logId ?? -1,
    mark?.rev ?? -1,
    [...revs.values()].reduce((sum, rev) => sum + rev, 0),
  ];
  const left = keysOf(a);
  const right = keysOf(b);
  const differing = left.findIndex((value, index) => value !== right[index]);
  return differing >= 0 && (left[differing] ?? 0) > (right[differing] ?? 0);
}
