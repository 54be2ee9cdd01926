import { useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { keep, readKept } from '../app/kept.ts';
import { type MenuPlace, usePopover } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { emojiGroups, quickEmoji } from './emoji.ts';

/** How many of those used last are offered first. */
const frequentCount = 16;

/** Those that were used last in this browser, newest first, and then the usual ones. */
function frequentEmoji(): string[] {
  const kept = (readKept('emoji') ?? '').split(' ').filter((emoji) => emoji !== '');
  return [...new Set([...kept, ...quickEmoji])].slice(0, frequentCount);
}

function rememberEmoji(emoji: string): void {
  keep('emoji', [emoji, ...frequentEmoji().filter((other) => other !== emoji)].slice(0, frequentCount).join(' '));
}

interface Props {
  readonly place: MenuPlace;
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}

/** Emoji to choose from; the arrows go from one to the next. */
export function EmojiPicker({ place, onPick, onClose }: Props) {
  const t = useTexts(chatTexts);
  const box = usePopover(place, onClose);
  const [frequent] = useState(frequentEmoji);
  const pick = (emoji: string) => {
    rememberEmoji(emoji);
    onClose();
    onPick(emoji);
  };
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -8, ArrowDown: 8 }[event.key];
    if (step === undefined) return;
    const all = [...(box.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const at = all.findIndex((element) => element.matches(':focus'));
    const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <div ref={box} popover="auto" class="menu emoji-picker" role="dialog" aria-label={t.emoji} onKeyDown={move}>
      <Group title={t.frequent} emoji={frequent} isFirst onPick={pick} />
      {emojiGroups.map(({ group, emoji }) => (
        <Group key={group} title={t.emojiGroups[group]} emoji={emoji} onPick={pick} />
      ))}
    </div>
  );
}

function Group({ title, emoji, isFirst = false, onPick }: { title: string; emoji: readonly string[]; isFirst?: boolean; onPick: (emoji: string) => void }) {
  return (
    <section aria-label={title}>
      <p class="emoji-title small soft">{title}</p>
      <div class="emoji-grid">
        {emoji.map((one, index) => (
          <button key={one} type="button" class="emoji" tabIndex={isFirst && index === 0 ? 0 : -1} onClick={() => onPick(one)}>
            {one}
          </button>
        ))}
      </div>
    </section>
  );
}
