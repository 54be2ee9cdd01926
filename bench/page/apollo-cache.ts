// What an author of a client copied before there was parley-client: the yardstick, which does not get better with it.
import {
  type ApolloCache,
  type Cache,
  type FieldPolicy,
  gql,
  InMemoryCache,
  type OperationVariables,
  type Reference,
  type StoreObject,
  type TypePolicies,
} from '@apollo/client';
import type { ChatEventsSubscription } from '../../test/generated/graphql.ts';

type ReadField = (field: string, from: StoreObject | Reference | undefined) => unknown;

interface Pages {
  readonly edges: readonly { readonly node: Reference }[];
  readonly pageInfo?: { readonly endCursor?: string | null; readonly startCursor?: string | null };
}

/** One list of all that came, in whatever way: each node once, in the order of `place`. `pageInfo` tells how far pages were read. */
function pages(place: (node: Reference, readField: ReadField) => number): FieldPolicy<Pages> {
  return {
    keyArgs: false,
    // Not `existing`, which a refetch leaves out: what an event has put there since the answer was read would be lost.
    merge(_existing, incoming, { args, existingData }) {
      const known = isPages(existingData) ? existingData : { edges: [] };
      const edges = new Map([...known.edges, ...incoming.edges].map((edge) => [edge.node.__ref, edge]));
      const goesOn = args?.after ? args.after === known.pageInfo?.endCursor : args?.before && args.before === known.pageInfo?.startCursor;
      return { ...known, ...incoming, edges: [...edges.values()], pageInfo: known.pageInfo && !goesOn ? known.pageInfo : incoming.pageInfo };
    },
    read(known, { readField, canRead }) {
      const shown = known?.edges.filter(({ node }) => canRead(node));
      return known && { ...known, edges: shown?.sort((a, b) => place(a.node, readField) - place(b.node, readField)) ?? [] };
    },
  };
}

const newestActivityFirst = (node: Reference, readField: ReadField) => {
  const message = readField('lastMessage', node);
  return -Date.parse(String(readField('createdAt', isObject(message) ? message : undefined))) || 0;
};

/** For queries that read `conversations(first, after)` and `messages(last, before)`. */
export const typePolicies: TypePolicies = {
  Query: { fields: { conversations: pages(newestActivityFirst) } },
  Subscription: { fields: { events: { merge: false } } },
  Conversation: { fields: { messages: pages((node, readField) => Number(readField('seq', node))) } },
};

/** Of these the higher one is newer, and none of them ever falls. Read marks raise no rev. */
const versions = ['rev', 'readSeq', 'peerReadSeq'];

/** A cache that keeps the newest copy: an answer that was read before an event and arrives after it takes nothing back. */
export class NewestCache extends InMemoryCache {
  override write<D = unknown, V extends OperationVariables = OperationVariables>(options: Cache.WriteOptions<D, V>): Reference | undefined {
    const before = this.extract();
    const older = new Set<string>();
    for (const copy of copiesIn(options.result)) {
      const id = this.identify(copy);
      const known = id === undefined ? undefined : before[id];
      if (id !== undefined && versions.some((name) => Number(copy[name] ?? Number.NaN) < Number(known?.[name] ?? Number.NaN))) older.add(id);
    }
    const written = super.write({ ...options, broadcast: false });
    for (const id of older) {
      const known = before[id] ?? {};
      const fields = (value: unknown, { storeFieldName }: { storeFieldName: string }) =>
        storeFieldName === 'messages' || !(storeFieldName in known) ? value : known[storeFieldName];
      this.modify({ id, fields, broadcast: false });
    }
    if (options.broadcast !== false) this.broadcastWatches();
    return written;
  }
}

function* copiesIn(value: unknown): Generator<StoreObject> {
  if (!isObject(value)) return;
  if ('rev' in value) yield value;
  for (const inner of Object.values(value)) yield* copiesIn(inner);
}

function isObject(value: unknown): value is StoreObject {
  return typeof value === 'object' && value !== null;
}

function isPages(value: unknown): value is Pages {
  return isObject(value) && 'edges' in value;
}

const conversationEdge = gql`query { conversations { edges { cursor node { id } } } }`;
const messageEdge = gql`fragment MessageEdge on Conversation { messages { edges { cursor node { id } } } }`;

/** Puts into the lists what an event brings; the objects themselves are in the cache already. */
export function applyEvent(cache: ApolloCache, event: ChatEventsSubscription['events']): void {
  const edge = (typename: 'Conversation' | 'Message', id: string) => ({
    __typename: `${typename}Connection`,
    edges: [{ __typename: `${typename}Edge`, cursor: id, node: { __typename: typename, id } }],
  });
  switch (event.__typename) {
    case 'MessageSent': {
      const { id, conversation } = event.message;
      const data = { __typename: 'Conversation', messages: edge('Message', id) };
      cache.writeFragment({ id: cache.identify({ __typename: 'Conversation', id: conversation.id }), fragment: messageEdge, data });
      cache.writeQuery({ query: conversationEdge, data: { conversations: edge('Conversation', conversation.id) } });
      break;
    }
    case 'ConversationChanged':
      cache.writeQuery({ query: conversationEdge, data: { conversations: edge('Conversation', event.conversation.id) } });
      break;
    case 'ConversationGone':
      forget(cache, cache.identify({ __typename: 'Conversation', id: event.conversationId }), event.rev);
      break;
    // Everything else: the objects are all there is to it, or the server is newer than this page.
  }
}

/** Forgets what is not above the rev; what is came later, when the viewer was let in again. */
function forget(cache: ApolloCache, id: string | undefined, rev: number): void {
  let gone = false;
  cache.modify<{ rev: number; messages: Pages }>({
    id,
    fields: {
      rev(known) {
        gone = known <= rev;
        return known;
      },
      messages: (known, { readField }) =>
        isPages(known) ? { ...known, edges: known.edges.filter(({ node }) => Number(readField('rev', node)) > rev) } : known,
    },
  });
  if (gone) cache.evict({ id });
  cache.gc();
}
