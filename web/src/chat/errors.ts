import { textsNow } from '../app/i18n.ts';
import { toast } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';

/** Says why something did not work: by the sentence of the server, where it gave one. */
export function tell(error: unknown): void {
  toast(error instanceof Error && error.message !== '' ? error.message : textsNow(words).failed, { isError: true });
}
