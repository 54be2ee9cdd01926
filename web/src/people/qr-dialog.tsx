import { GroupQrCodeDocument, UserQrCodeDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useEffect, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Button, Dialog, Notice, Spinner, toast } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { peopleTexts } from '../texts/people.ts';
import { linkOf } from './paths.ts';
import { useReading } from './reading.ts';

/** Whose code: a person's, by the uuid, or a group's, by the id of its conversation and its invite code. */
export type QrOf = { readonly user: string; readonly name: string } | { readonly group: string; readonly code: string; readonly name: string };

/** Shows the QR code of somebody or of a group, for a phone to look at, and the link for everybody else. */
export function QrDialog({ of, onClose }: { readonly of: QrOf; readonly onClose: () => void }) {
  const t = useTexts(peopleTexts);
  const common = useTexts(words);
  const parley = useParley();
  const link = 'user' in of ? linkOf('user', of.user) : linkOf('group', of.code);
  const title = 'user' in of ? t.qrOfUser(of.name) : t.qrOfGroup(of.name);
  const { data, error } = useReading(
    link,
    async () =>
      'user' in of
        ? ((await parley.request(UserQrCodeDocument, { uuid: of.user })).userInfo?.qrCode ?? null)
        : ((await parley.request(GroupQrCodeDocument, { conversationId: of.group })).conversation?.group?.qrCode ?? null),
    () => false,
  );
  const picture = usePicture(data);
  return (
    <Dialog title={title} size="small" onClose={onClose} actions={<Button onClick={() => void copy(link, t.linkCopied)}>{t.copyLink}</Button>}>
      <div class="qr">
        {picture ? (
          <img src={picture} alt={title} width={240} height={240} />
        ) : error ? (
          <Notice tone="danger">{error.message}</Notice>
        ) : (
          <Spinner label={common.loading} />
        )}
      </div>
      <p class="qr-link small">{link}</p>
    </Dialog>
  );
}

/** Copies a text where the page may, and says so. */
export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    // Only pages with https may. The link stands there to be marked.
    toast(text);
  }
}

/** The address of a picture that is there as text. */
function usePicture(svg: string | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (svg === null) return;
    const made = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  return url;
}
