import { h, render } from 'preact';

/** What both pages are given: who looks, where the API is, and the conversation that is open. */
export interface Setting {
  readonly api: string;
  readonly token: string;
  readonly userId: string;
  readonly conversationId: string;
  /** How many conversations there are. */
  readonly count: number;
}

/** What the benchmark asks a page for. Times are milliseconds since 1970, with fractions. */
export interface BenchPage {
  /** When all conversations and the open one's messages were in the document. */
  shownAt: number | null;
  /** When a text was in the document first. */
  readonly seen: Map<string, number>;
  /** Writes a text into the open conversation; gives when that was. */
  send(text: string): number;
}

export interface ListItem {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly unread: number;
}
export interface Line {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

declare global {
  interface Window {
    setting: Setting;
    bench: BenchPage;
  }
}

const now = () => performance.timeOrigin + performance.now();

/** As many messages as a screen and the one above it hold. */
const linesShown = 60;

/** The same view for whatever keeps the data: a list of all conversations, and the end of the open one. Drawn once a frame. */
export function createView(read: () => { readonly list: readonly ListItem[]; readonly lines: readonly Line[] }, send: (text: string) => void): () => void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('the page has no root');
  const bench: BenchPage = {
    shownAt: null,
    seen: new Map(),
    send(text) {
      const at = now();
      send(text);
      return at;
    },
  };
  window.bench = bench;
  let isAsked = false;
  const draw = () => {
    isAsked = false;
    const { list, lines } = read();
    const end = lines.slice(-linesShown);
    const conversations = list.map(({ id, title, text, unread }) =>
      h('li', { key: id }, h('b', null, title), h('p', null, text), h('i', null, String(unread))),
    );
    const messages = end.map(({ id, name, text }) => h('li', { key: id }, h('b', null, name), h('p', null, text)));
    render(h('main', null, h('ul', null, conversations), h('ol', null, messages)), root);
    for (const { text } of end) if (!bench.seen.has(text)) bench.seen.set(text, now());
    if (bench.shownAt === null && list.length >= window.setting.count && lines.length > 0) bench.shownAt = now();
  };
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(draw);
  };
}
