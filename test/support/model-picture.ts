import { directOf, type Model, pair, type Talk, type Who } from './model.ts';
import { judgeMessage, mayKnow } from './model-contacts.ts';

/** A conversation as somebody is told of it. */
export interface TalkPicture {
  /** `DIRECT with Bob`, or `group 0`. */
  readonly name: string;
  readonly title: string;
  readonly lastSeq: number;
  readonly readSeq: number;
  readonly peerReadSeq: number | null;
  readonly unread: number;
  /** One word a message: its seq and `n` for a notice, else the sender; then `x` where it was recalled. */
  readonly messages: readonly string[];
  readonly group: {
    readonly memberCount: number;
    readonly policy: string;
    readonly showsHistory: boolean | null;
    readonly role: string | null;
    readonly members: readonly string[];
    /** Null: not for the viewer. */
    readonly joinRequests: readonly string[] | null;
  } | null;
}

/** Everything that somebody is told. */
export interface Picture {
  readonly unread: number;
  readonly talks: readonly TalkPicture[];
  /** Null: not for visitors. */
  readonly lists: Readonly<Record<'friends' | 'following' | 'blocked' | 'incoming' | 'outgoing', readonly string[]>> | null;
  /** What the viewer and each of the others are to each other. */
  readonly others: Readonly<
    Record<
      string,
      {
        readonly flags: readonly string[];
        readonly remark: string | null;
        readonly mayWrite: string;
        readonly request: string | null;
        readonly hasTalk: boolean;
      }
    >
  >;
}

/** How a message is written in a picture. */
export function messageWord(seq: number, sender: string, isNotice: boolean, isRecalled: boolean): string {
  return `${seq} ${isNotice ? 'n' : sender}${isRecalled ? ' x' : ''}`;
}

/** How the permission to write is written in a picture. */
export function permissionWord(reason: string | null, remaining: number | null): string {
  return reason ?? `yes, ${remaining ?? 'any'}`;
}

/** What the model says that somebody is told. */
export function pictureOf(model: Model, viewer: Who): Picture {
  const nameOf = (who: Who) => model.people[who]?.name ?? '?';
  const everybody = model.people.map((_, who) => who);
  const talks = model.talks.flatMap((talk, index) => {
    const seat = talk.group?.isDissolved ? undefined : talk.seats.get(viewer);
    return seat ? [talkPicture(model, viewer, talk, index)] : [];
  });
  const inOrder = (set: ReadonlySet<string>) => everybody.filter((other) => set.has(pair(viewer, other)));
  const shownName = (other: Who) => model.remarks.get(pair(viewer, other)) ?? nameOf(other);
  // All of them begin with a Latin letter, so that the order of initials and names is that of their letters.
  const friends = inOrder(model.friends).sort((one, other) => (shownName(one) < shownName(other) ? -1 : 1));
  const requests = (isMine: boolean) =>
    model.requests
      .map((request, index) => ({ request, index }))
      .filter(({ request }) => (isMine ? request.from === viewer : request.to === viewer && request.status !== 'CANCELLED' && mayKnow(request, viewer)))
      .map(({ request, index }) => `#${index} ${isMine && request.status === 'IGNORED' ? 'PENDING' : request.status}`)
      .reverse();
  const pendingWith = (other: Who) => {
    const incoming = model.requests.findLastIndex(
      (request) => request.from === other && request.to === viewer && request.status === 'PENDING' && !request.isHidden,
    );
    const outgoing = model.requests.findLastIndex((request) => request.from === viewer && request.to === other && /PENDING|IGNORED/.test(request.status));
    const shown = incoming >= 0 ? incoming : outgoing;
    return shown >= 0 ? `#${shown}` : null;
  };
  return {
    unread: talks.reduce((sum, { unread }) => sum + unread, 0),
    talks: talks.sort((one, other) => (one.name < other.name ? -1 : 1)),
    lists: model.people[viewer]?.isVisitor
      ? null
      : {
          friends: friends.map(nameOf),
          following: inOrder(model.follows).map(nameOf),
          blocked: inOrder(model.blocks).map(nameOf),
          incoming: requests(false),
          outgoing: requests(true),
        },
    others: Object.fromEntries(
      everybody.map((other) => {
        const { reason, remaining } = judgeMessage(model, viewer, other);
        const sets = { friend: model.friends, following: model.follows, blocked: model.blocks };
        return [
          nameOf(other),
          {
            flags: Object.entries(sets).flatMap(([flag, set]) => (set.has(pair(viewer, other)) ? [flag] : [])),
            remark: model.remarks.get(pair(viewer, other)) ?? null,
            mayWrite: permissionWord(reason, remaining),
            request: other === viewer ? null : pendingWith(other),
            hasTalk: other !== viewer && directOf(model, viewer, other) >= 0,
          },
        ];
      }),
    ),
  };
}

function talkPicture(model: Model, viewer: Who, talk: Talk, index: number): TalkPicture {
  const nameOf = (who: Who) => model.people[who]?.name ?? '?';
  const { group, messages, seats } = talk;
  const { fromSeq, readSeq, role } = seats.get(viewer) ?? { fromSeq: 1, readSeq: 0, role: 'MEMBER' };
  const peer = group === null ? [...seats.keys()].find((who) => who !== viewer) : undefined;
  const seen = messages.map((message, place) => ({ ...message, seq: place + 1 })).filter(({ seq }) => seq >= fromSeq);
  return {
    name: peer === undefined ? `group ${index}` : `DIRECT with ${nameOf(peer)}`,
    title: peer === undefined ? (group?.name ?? '') : (model.remarks.get(pair(viewer, peer)) ?? nameOf(peer)),
    lastSeq: messages.length,
    readSeq,
    peerReadSeq: peer === undefined ? null : (seats.get(peer)?.shownSeq ?? seats.get(peer)?.readSeq ?? null),
    unread: seen.filter(({ seq, sender, isNotice, isRecalled }) => seq > readSeq && sender !== viewer && !isNotice && !isRecalled).length,
    messages: seen.map(({ seq, sender, isNotice, isRecalled }) => messageWord(seq, nameOf(sender), isNotice, isRecalled)),
    group: group && {
      memberCount: seats.size,
      policy: group.policy,
      showsHistory: group.showsHistory,
      role,
      members: [...seats].map(([who, seat]) => `${nameOf(who)} ${seat.role}${group.muted.has(who) ? ' muted' : ''}`).sort(),
      joinRequests:
        role === 'MEMBER'
          ? null
          : group.joins.flatMap(({ user, status }) => (status === 'PENDING' && !model.blocks.has(pair(viewer, user)) ? [nameOf(user)] : [])),
    },
  };
}

/** Where two pictures differ, a line for each place. */
export function differencesOf(server: unknown, model: unknown, path = ''): readonly string[] {
  const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isRecord(server) && isRecord(model))
    return [...new Set([...Object.keys(server), ...Object.keys(model)])].flatMap((key) =>
      differencesOf(server[key], model[key], path ? `${path}.${key}` : key),
    );
  const [told, said] = [JSON.stringify(server), JSON.stringify(model)];
  return told === said ? [] : [`${path}: the server tells ${told}, the model says ${said}`];
}
