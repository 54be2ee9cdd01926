import { useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { useReadable } from '../app/readable.ts';
import { Button } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { allowNotices, noticeChoice, refuseNotices } from './notices.ts';

/** Offers notices of the browser once somebody has a conversation to be told of. */
export function NoticeOffer() {
  const t = useTexts(chatTexts);
  const { conversations } = useReadable(parley.conversations);
  if (noticeChoice.value !== 'unasked' || conversations.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form.
    <div class="notice-offer" role="group" aria-label={t.allowNotices}>
      <p class="small">{t.allowNotices}</p>
      <Button tone="quiet" onClick={refuseNotices}>
        {t.notNow}
      </Button>
      <Button tone="quiet" onClick={() => void allowNotices().catch(() => {})}>
        {t.allow}
      </Button>
    </div>
  );
}
