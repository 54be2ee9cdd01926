import { GroupMembersDocument, type MemberFragment } from 'parley-client/documents';
import { useEffect, useState } from 'preact/hooks';
import { parley } from '../app/parley.ts';

/** Of how many members the names are read at most: in larger groups those further on are called by their own names. */
const most = 500;

const none: readonly MemberFragment[] = [];

/** Who is in a group, with the names they chose for it; empty where it is no group. */
export function useMembers(conversationId: string | null): readonly MemberFragment[] {
  const [known, setKnown] = useState<{ readonly of: string; readonly members: readonly MemberFragment[] } | null>(null);
  useEffect(() => {
    if (conversationId === null) return;
    const stop = new AbortController();
    let reading = 0;
    const read = async () => {
      reading += 1;
      const turn = reading;
      const members: MemberFragment[] = [];
      let after: string | null = null;
      do {
        const page: { readonly members: readonly MemberFragment[]; readonly after: string | null } = await readPage(conversationId, after, stop.signal);
        members.push(...page.members);
        after = page.after;
      } while (after !== null && members.length < most);
      if (!stop.signal.aborted && turn === reading) setKnown({ of: conversationId, members });
    };
    // Without them people are called by their own names.
    const again = () => void read().catch(() => {});
    again();
    const forget = parley.onEvent((event) => {
      if (event.__typename === 'MembersChanged' && 'conversation' in event && idOf(event.conversation) === conversationId) again();
    });
    return () => {
      stop.abort();
      forget();
    };
  }, [conversationId]);
  return known !== null && known.of === conversationId ? known.members : none;
}

async function readPage(conversationId: string, after: string | null, signal: AbortSignal) {
  const { conversation } = await parley.request(GroupMembersDocument, { conversationId, first: 100, after }, { signal });
  const page = conversation?.group?.members;
  return { members: page?.edges.map(({ node }) => node) ?? [], after: page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null };
}

function idOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
}
