import { GroupMembersDocument, type MemberFragment } from 'parley-client/documents';
import { useEffect, useState } from 'preact/hooks';
import { parley } from '../app/parley.ts';
import { calmMs } from '../people/reading.ts';

/** Of how many members the names are read at most: in larger groups those further on are called by their own names. */
const most = 500;

const none: readonly MemberFragment[] = [];

/** Who is in a group, with the names they chose for it; empty where it is no group. */
export function useMembers(conversationId: string | null): readonly MemberFragment[] {
  const [known, setKnown] = useState<{ readonly of: string; readonly members: readonly MemberFragment[] } | null>(null);
  useEffect(() => {
    if (conversationId === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isReading = false;
    let isOld = false;
    const read = async () => {
      const members: MemberFragment[] = [];
      let after: string | null = null;
      do {
        const page: { readonly members: readonly MemberFragment[]; readonly after: string | null } = await readPage(conversationId, after, stop.signal);
        members.push(...page.members);
        after = page.after;
      } while (after !== null && members.length < most);
      if (!stop.signal.aborted) setKnown({ of: conversationId, members });
    };
    const again = async () => {
      timer = undefined;
      isReading = true;
      isOld = false;
      // Without them people are called by their own names.
      await read().catch(() => {});
      isReading = false;
      if (isOld) later();
    };
    // One reading for many events, and never two side by side: where many come at once, each would be paid for by what the viewer may do.
    const later = () => {
      isOld = true;
      if (!isReading && !stop.signal.aborted) timer ??= setTimeout(again, calmMs);
    };
    void again();
    const forget = parley.onEvent((event) => {
      const isOfThis = event.__typename === 'MembersChanged' && 'conversation' in event && idOf(event.conversation) === conversationId;
      if (isOfThis || event.__typename === 'SyncReset') later();
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
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
