import { useParley } from 'parley-client/react';
import { useRef, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Button, Notice } from '../app/ui/index.ts';
import { groupTexts } from '../texts/groups.ts';
import { DoingSwitch } from './doing-switch.tsx';
import type { GroupPartProps } from './group-pane.tsx';
import { PolicyChoice } from './policy-choice.tsx';
import { useDoing } from './reading.ts';
import { TextDialog } from './text-dialog.tsx';
import { updateGroup } from './update-group.ts';

/** What the owner and admins set for all: name, picture, who comes in, and what new ones see. */
export function GroupSettings({ conversationId, group }: GroupPartProps) {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const doing = useDoing();
  const file = useRef<HTMLInputElement>(null);
  const [isRenaming, setRenaming] = useState(false);
  const changePicture = (picture: File) =>
    doing.run(async () => updateGroup(parley, { conversationId, avatarId: await parley.upload(picture, { kind: 'AVATAR' }).ready }));
  return (
    <section class="card-part" aria-labelledby="group-settings">
      <h2 id="group-settings">{t.settings}</h2>
      <div class="card-buttons">
        <Button icon="edit" onClick={() => setRenaming(true)}>
          {t.rename}
        </Button>
        <Button icon="image" isBusy={doing.isBusy} onClick={() => file.current?.click()}>
          {t.changePicture}
        </Button>
        <input
          ref={file}
          type="file"
          accept="image/*"
          hidden
          aria-label={t.picture}
          onChange={(event) => {
            const picture = event.currentTarget.files?.[0];
            event.currentTarget.value = '';
            if (picture) void changePicture(picture);
          }}
        />
      </div>
      <PolicyChoice value={group.joinPolicy} onChange={(joinPolicy) => void doing.run(() => updateGroup(parley, { conversationId, joinPolicy }))} />
      <DoingSwitch label={t.history} checked={group.showsHistory ?? false} change={(showsHistory) => updateGroup(parley, { conversationId, showsHistory })} />
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
      {isRenaming ? (
        <TextDialog
          title={t.rename}
          label={t.name}
          value={group.name}
          maxLength={50}
          isRequired
          save={(client, name) => updateGroup(client, { conversationId, name })}
          onClose={() => setRenaming(false)}
        />
      ) : null}
    </section>
  );
}
