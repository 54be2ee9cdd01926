import { type ModelConversationFragment, ModelPictureDocument, type ModelPictureQuery } from '../generated/graphql.ts';
import { present } from './client.ts';
import { directOf, type Model, type Persona, type Who } from './model.ts';
import { messageWord, type Picture, permissionWord, type TalkPicture } from './model-picture.ts';
import type { Person } from './people.ts';

/** Somebody of the model, with a session. */
export interface Actor {
  readonly person: Person;
  readonly persona: Persona;
}

/** The ids of things of one kind, by their places in the model. */
interface Ids {
  /** The id of what the model has at this place. */
  id(place: number): string;
  /** The place of an id; -1 where the model has no such thing. */
  place(id: string | undefined): number;
  /** Remembers an id, which never changes and is never used twice. */
  learn(place: number, id: string | undefined): void;
}

/** The ids of everything that people made. */
export interface IdBook {
  readonly requests: Ids;
  readonly talks: Ids;
  /** By `joinKeyOf`. */
  readonly joins: Ids;
}

/** An empty book. */
export function createIdBook(): IdBook {
  return { requests: createIds('friend request'), talks: createIds('conversation'), joins: createIds('join request') };
}

/** The place of a join request among those of all groups. */
export function joinKeyOf(talk: number, join: number): number {
  return talk * 1_000 + join;
}

function createIds(what: string): Ids {
  const byPlace = new Map<number, string>();
  const byId = new Map<string, number>();
  return {
    id: (place) => present(byPlace.get(place), `the id of ${what} ${place}`),
    place: (id) => byId.get(id ?? '') ?? -1,
    learn(place, id = 'nothing') {
      const known = byPlace.get(place) ?? id;
      if (known !== id || (byId.get(id) ?? place) !== place) throw new Error(`the server gives another ${what} than number ${place} of the model`);
      byPlace.set(place, id);
      byId.set(id, place);
    },
  };
}

/** What the server tells somebody. Learns the ids of what came to be without an answer that names it. */
export async function readPicture(cast: readonly Actor[], viewer: Who, model: Model, ids: IdBook): Promise<Picture> {
  const { person, persona } = present(cast[viewer]);
  const [one = '', two = '', three = '', four = '', five = ''] = cast.map((actor) => actor.person.user.uuid);
  const told = await person.ask(ModelPictureDocument, { isUser: !persona.isVisitor, one, two, three, four, five });
  const reader = createReader(cast, viewer, model, ids);
  return {
    unread: present(told.viewer).unreadCount,
    talks: nodes(told.conversations)
      .map(reader.talk)
      .sort((left, right) => (left.name < right.name ? -1 : 1)),
    lists: persona.isVisitor
      ? null
      : {
          friends: nodes(told.friends).map(({ id }) => reader.name(id)),
          following: nodes(told.following).map(({ id }) => reader.name(id)),
          blocked: nodes(told.blocked).map(({ id }) => reader.name(id)),
          incoming: nodes(told.incoming).map(({ id, status }) => `#${ids.requests.place(id)} ${status}`),
          outgoing: nodes(told.outgoing).map(({ id, status }) => `#${ids.requests.place(id)} ${status}`),
        },
    others: Object.fromEntries([told.one, told.two, told.three, told.four, told.five].map((user) => reader.other(present(user)))),
  };
}

function createReader(cast: readonly Actor[], viewer: Who, model: Model, ids: IdBook) {
  const whoIs = (id: string | undefined) => cast.findIndex(({ person }) => person.user.id === id);
  const name = (id: string | undefined) => cast[whoIs(id)]?.persona.name ?? '?';
  return {
    name,
    other({ id, relationship }: NonNullable<ModelPictureQuery['one']>) {
      const { isFriend, isFollowing, isBlocked, remark = null, canMessage, friendRequest, conversation } = present(relationship);
      const flags = [...(isFriend ? ['friend'] : []), ...(isFollowing ? ['following'] : []), ...(isBlocked ? ['blocked'] : [])];
      const { allowed, reason, remaining } = canMessage;
      const mayWrite = permissionWord(allowed ? null : (reason ?? 'no'), remaining ?? null);
      const request = friendRequest ? `#${ids.requests.place(friendRequest.id)}` : null;
      return [name(id), { flags, remark: remark ?? null, mayWrite, request, hasTalk: Boolean(conversation) }] as const;
    },
    talk({ id, peer, group, messages, ...talk }: ModelConversationFragment): TalkPicture {
      if (peer) learnIfThere(ids.talks, directOf(model, viewer, whoIs(peer.id)), id);
      const place = ids.talks.place(id);
      const joins = group?.joinRequests && nodes(group.joinRequests);
      for (const join of joins ?? []) {
        const user = whoIs(join.user.id);
        const waits = model.talks[place]?.group?.joins.findLastIndex((request) => request.user === user && request.status === 'PENDING') ?? -1;
        if (waits >= 0) ids.joins.learn(joinKeyOf(place, waits), join.id);
      }
      return {
        name: peer ? `DIRECT with ${name(peer.id)}` : `group ${place}`,
        title: talk.title,
        lastSeq: talk.lastSeq,
        readSeq: talk.readSeq,
        peerReadSeq: talk.peerReadSeq ?? null,
        unread: talk.unreadCount,
        messages: nodes(messages).map(({ seq, sender, recalledAt, content }) => {
          const isNotice = content?.__typename === 'NoticeContent';
          return messageWord(seq, name(sender?.id), isNotice, Boolean(recalledAt) && !content);
        }),
        group: group
          ? {
              memberCount: group.memberCount,
              policy: group.joinPolicy,
              showsHistory: group.showsHistory ?? null,
              role: group.viewerMember?.role ?? null,
              members: nodes(group.members)
                .map(({ user, role, mutedUntil }) => `${name(user.id)} ${role}${mutedUntil ? ' muted' : ''}`)
                .sort(),
              joinRequests: joins ? joins.map(({ user }) => name(user.id)) : null,
            }
          : null,
      };
    },
  };
}

function learnIfThere(ids: Ids, place: number, id: string): void {
  if (place >= 0) ids.learn(place, id);
}

function nodes<T>(connection: { readonly edges: readonly { readonly node: T }[] } | null | undefined): T[] {
  return present(connection, 'the list').edges.map(({ node }) => node);
}
