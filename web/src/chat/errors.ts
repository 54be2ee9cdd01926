import type { ParleyErrorLike } from 'parley-client';
import { textsNow } from '../app/i18n.ts';
import { toast } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { words } from '../texts/common.ts';

/** Says why something did not work: by the sentence of the server, where it gave one. */
export function tell(error: unknown): void {
  toast(error instanceof Error && error.message !== '' ? error.message : textsNow(words).failed, { isError: true });
}

/** Why something was not sent: of files that are refused the server gives a code alone. */
export function reasonOf({ code, message }: ParleyErrorLike): string {
  return code === 'FILE_TYPE' || code === 'FILE_TOO_LARGE' ? textsNow(chatTexts).refused[code] : message;
}
