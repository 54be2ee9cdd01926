import { SearchMessagesDocument, type SearchMessagesQuery } from 'parley-client/documents';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { formatMoment, formatShort } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { isOfInputMethod } from '../app/input-method.ts';
import { parley } from '../app/parley.ts';
import { Avatar, Choice, Icon, IconButton, Spinner } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { summaryOf } from './content.tsx';
import { More } from './conversation-list.tsx';
import { tell } from './errors.ts';
import { openMessage } from './jump.ts';

type Found = NonNullable<SearchMessagesQuery['searchMessages']>['edges'][number]['node'];

interface Results {
  readonly keyword: string;
  readonly messages: readonly Found[];
  readonly after: string | null;
}

interface Props {
  /** The one that is open; null: only all can be searched. */
  readonly conversationId: string | null;
  readonly onClose: () => void;
  /** A result was opened: on a phone the panel would hide it. */
  readonly onOpen: () => void;
}

/** How long to wait for the next key before it is searched, in milliseconds. */
const restMs = 250;

/** Messages by a part of their text, in the open conversation or in all. */
export function SearchPanel({ conversationId, onClose, onOpen }: Props) {
  const t = useTexts(chatTexts);
  const [typed, setTyped] = useState('');
  const [scope, setScope] = useState<'here' | 'all'>(conversationId === null ? 'all' : 'here');
  const [results, setResults] = useState<Results | null>(null);
  const [isLoading, setLoading] = useState(false);
  /** The results of which there are more that could not be read. */
  const [failed, setFailed] = useState<Results | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const keyword = typed.trim();
  const within = scope === 'here' ? conversationId : null;

  // At once: what is typed next belongs here.
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => {
    setResults(null);
    if (keyword === '') {
      setLoading(false);
      return;
    }
    const stop = new AbortController();
    setLoading(true);
    const timer = setTimeout(() => {
      parley
        .request(SearchMessagesDocument, { keyword, conversationId: within, first: 20 }, { signal: stop.signal })
        .then(({ searchMessages: page }) => {
          if (stop.signal.aborted) return;
          const messages = page?.edges.map(({ node }) => node) ?? [];
          setResults({ keyword, messages, after: page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null });
        })
        .catch((error) => !stop.signal.aborted && tell(error))
        .finally(() => !stop.signal.aborted && setLoading(false));
    }, restMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [keyword, within]);

  const more = () => {
    if (!results?.after || isLoading) return;
    setLoading(true);
    setFailed(null);
    parley
      .request(SearchMessagesDocument, { keyword: results.keyword, conversationId: within, first: 20, after: results.after })
      .then(({ searchMessages: page }) =>
        setResults((now) =>
          now === results
            ? {
                ...now,
                messages: [...now.messages, ...(page?.edges.map(({ node }) => node) ?? [])],
                after: page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
              }
            : now,
        ),
      )
      .catch((error) => {
        tell(error);
        setFailed(results);
      })
      .finally(() => setLoading(false));
  };
  const move = (event: KeyboardEvent) => {
    // It chooses among the words of an input method, or leaves them.
    if (isOfInputMethod(event)) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      return onClose();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    // Those who choose between two have their arrows for that.
    if (step === undefined || (event.target instanceof HTMLInputElement && event.target.type === 'radio')) return;
    const all = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const at = all.findIndex((element) => element.matches(':focus'));
    event.preventDefault();
    (at + step < 0 ? field.current : all[Math.min(all.length - 1, at + step)])?.focus();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of what is in it.
    <div class="panel" onKeyDown={move}>
      <Bar title={t.search} actions={<IconButton icon="close" label={t.close} onClick={onClose} />} />
      <div class="panel-head">
        <label class="search-field">
          <Icon name="search" size={18} />
          <span class="unseen">{t.search}</span>
          <input ref={field} type="search" maxLength={50} value={typed} placeholder={t.search} onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
        {conversationId !== null && (
          <Choice
            label={t.searchScope}
            isRow
            value={scope}
            options={[
              { value: 'here', label: t.searchHere },
              { value: 'all', label: t.searchAll },
            ]}
            onChange={setScope}
          />
        )}
      </div>
      <div class="pane-scroll">
        <p class="panel-note small soft" role="status">
          {keyword === ''
            ? t.searchHint
            : isLoading || !results || (results.messages.length === 0 && results.after !== null)
              ? ''
              : results.messages.length === 0
                ? t.searchNothing(results.keyword)
                : t.results(results.messages.length)}
        </p>
        {isLoading && !results && (
          <div class="pane-wait">
            <Spinner />
          </div>
        )}
        <ul ref={list} class="results">
          {results?.messages.map((message) => (
            <li key={message.id}>
              <button
                type="button"
                class="result"
                onClick={() => {
                  openMessage(message.conversation.id, message.id);
                  onOpen();
                }}
              >
                <Avatar id={message.sender?.id ?? 'server'} name={message.sender?.nickname ?? t.server} url={message.sender?.avatar ?? null} size={32} />
                <span class="conversation-words">
                  <span class="conversation-top">
                    <span class="conversation-title line">{within === null ? message.conversation.title : (message.sender?.nickname ?? t.server)}</span>
                    <time class="small soft" dateTime={message.createdAt} title={formatMoment(message.createdAt)}>
                      {formatShort(message.createdAt)}
                    </time>
                  </span>
                  <Snippet text={summaryOf(message.content)} keyword={results.keyword} />
                </span>
              </button>
            </li>
          ))}
        </ul>
        {results?.after && <More isLoading={isLoading} isFailed={failed === results} onMore={more} />}
      </div>
    </div>
  );
}

/** A piece of a text around what was searched, which is marked. */
function Snippet({ text, keyword }: { readonly text: string; readonly keyword: string }) {
  const wanted = keyword.replace(/\s+/gu, ' ');
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at === -1) return <span class="snippet soft">{text}</span>;
  const from = Math.max(0, at - 24);
  return (
    <span class="snippet soft">
      {from > 0 ? '…' : ''}
      {text.slice(from, at)}
      <mark>{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length)}
    </span>
  );
}
