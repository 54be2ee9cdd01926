import { ParleyError, type ParleyErrorLike, type Upload, type User } from 'parley-client';
import { UpdateProfileDocument } from 'parley-client/documents';
import { useParley, useReadable } from 'parley-client/react';
import { useRef, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Avatar, Button, Notice } from '../app/ui/index.ts';
import { readAgain } from '../people/reading.ts';
import { words } from '../texts/common.ts';
import { settings } from '../texts/settings.ts';

/** The viewer's picture: chosen from this device, uploaded, and shown to others once the server has looked at it. */
export function OwnAvatar({ user }: { readonly user: User }) {
  const t = useTexts(settings);
  const parley = useParley();
  const picker = useRef<HTMLInputElement>(null);
  const [upload, setUpload] = useState<Upload | null>(null);
  const [error, setError] = useState<ParleyErrorLike | null>(null);

  const set = async (avatarId: () => Promise<string | null>) => {
    setError(null);
    try {
      const id = await avatarId();
      await parley.request(UpdateProfileDocument, { input: id === null ? { avatar: null } : { avatarId: id } });
      readAgain();
    } catch (failure) {
      if (!(failure instanceof ParleyError)) throw failure;
      setError(failure);
    } finally {
      setUpload(null);
    }
  };
  const choose = (file: File | undefined) => {
    if (!file) return;
    const started = parley.upload(file, { kind: 'AVATAR' });
    setUpload(started);
    void set(() => started.ready);
  };

  return (
    <div class="settings-part">
      <div class="settings-avatar">
        <Avatar id={user.id} name={user.nickname} url={user.avatar} size={88} />
        <div>
          <input
            ref={picker}
            type="file"
            accept="image/*"
            hidden
            aria-hidden="true"
            tabIndex={-1}
            onChange={(event) => choose(event.currentTarget.files?.[0])}
          />
          <div class="settings-avatar-actions">
            <Button icon="camera" isBusy={upload !== null} onClick={() => picker.current?.click()}>
              {t.avatarChange}
            </Button>
            {user.avatar && !upload ? (
              <Button tone="quiet" onClick={() => void set(async () => null)}>
                {t.avatarRemove}
              </Button>
            ) : null}
          </div>
          {upload ? <Progress upload={upload} /> : null}
        </div>
      </div>
      {error ? <Notice tone="danger">{error.message}</Notice> : null}
    </div>
  );
}

function Progress({ upload }: { readonly upload: Upload }) {
  const t = useTexts(settings);
  const common = useTexts(words);
  const { status, sentBytes, size } = useReadable(upload);
  const text =
    status === 'checking' || status === 'ready'
      ? t.avatarChecking
      : status === 'waiting'
        ? common.loading
        : t.avatarUploading(Math.floor((sentBytes / size) * 100));
  return (
    <p class="soft small" role="status">
      {text}
    </p>
  );
}
