import type { Core } from '../core.ts';
import { ReadMessageDocument } from '../generated/later.ts';
import type { StoredFile } from '../types.ts';

/** Milliseconds before its end from which on an address is read anew: what is opened with it has to get there. */
const margin = 60_000;
/** An address that was just read is good for at least an hour, whatever the clock of this machine says. */
const sure = 3_600_000 - margin;
/** So many addresses are remembered. */
const most = 1000;

/** `Parley.urlOf`. `messageOf` gives the id of a message that shows the file, where the store knows one. */
export function createUrlOf(core: Core, messageOf: (fileId: string) => string | null): (file: StoredFile) => Promise<string> {
  const reading = new Map<string, Promise<readonly StoredFile[]>>();
  /** Since when an address is known here, by a clock that nobody sets, and whether it was read for this. */
  const known = new Map<string, { readonly at: number; readonly isRead: boolean }>();

  const remember = (url: string, isRead: boolean) => {
    const place = { at: performance.now(), isRead };
    known.set(url, place);
    for (const first of known.keys()) if (known.size > most) known.delete(first);
    return place;
  };
  const isOver = ({ url, urlExpiresAt }: StoredFile) => {
    const { at, isRead } = known.get(url) ?? remember(url, false);
    return performance.now() - at > sure || (!isRead && Date.parse(urlExpiresAt) - margin < Date.now());
  };

  const read = async (messageId: string) => {
    const { node } = await core.request(ReadMessageDocument, { id: messageId });
    const content = node?.__typename === 'Message' ? node.content : null;
    const files = content?.__typename === 'AttachmentsContent' ? content.files : [];
    for (const { url } of files) {
      known.delete(url);
      remember(url, true);
    }
    return files;
  };
  /** Several places of a page ask for the files of a message at once. */
  const readOnce = async (fileId: string) => {
    const messageId = messageOf(fileId);
    if (messageId === null) return null;
    const answer = reading.get(messageId) ?? read(messageId).finally(() => reading.delete(messageId));
    reading.set(messageId, answer);
    return (await answer).find(({ id }) => id === fileId) ?? null;
  };

  return async (file) => {
    const fresh = isOver(file) ? await readOnce(file.id) : null;
    return new URL((fresh ?? file).url, core.url).href;
  };
}
