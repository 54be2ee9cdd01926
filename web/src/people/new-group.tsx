import { CreateGroupDocument, type JoinPolicy } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useRef, useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { useTexts } from '../app/i18n.ts';
import { navigate } from '../app/router.ts';
import { Button, Field, Notice } from '../app/ui/index.ts';
import { groupTexts } from '../texts/groups.ts';
import { freshId } from './fresh-id.ts';
import { chatPath } from './paths.ts';
import { PersonPicker } from './person-picker.tsx';
import { PolicyChoice } from './policy-choice.tsx';
import { useDoing } from './reading.ts';

/** A form that makes a group. */
export function NewGroup() {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const doing = useDoing();
  const [name, setName] = useState('');
  const [joinPolicy, setJoinPolicy] = useState<JoinPolicy>('OPEN');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // Pressed again after a lost answer it is the same group; with anything changed it is another one.
  const last = useRef({ of: '', clientId: '' });
  const create = async () => {
    const wanted = { name: name.trim() === '' ? null : name.trim(), joinPolicy, memberIds: [...chosen] };
    const of = JSON.stringify(wanted);
    if (last.current.of !== of) last.current = { of, clientId: freshId() };
    let id: string | undefined;
    const done = await doing.run(async () => {
      id = (await parley.request(CreateGroupDocument, { input: { ...wanted, clientId: last.current.clientId } })).createGroup?.id;
    });
    if (done && id !== undefined) navigate(chatPath(id), { replace: true });
  };
  return (
    <>
      <Bar title={t.newGroup} backTo="/people" />
      <div class="pane-scroll">
        <form
          class="card-inside"
          onSubmit={(event) => {
            event.preventDefault();
            void create();
          }}
        >
          <Field label={t.name} hint={t.nameHint} value={name} onInput={setName} maxLength={50} autofocus />
          <PersonPicker label={t.whoComes} chosen={chosen} onChange={setChosen} />
          <PolicyChoice value={joinPolicy} onChange={setJoinPolicy} />
          {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
          <div class="card-buttons">
            <Button type="submit" tone="main" isBusy={doing.isBusy} disabled={name.trim() === '' && chosen.size === 0}>
              {t.create}
            </Button>
          </div>
        </form>
      </div>
    </>
  );
}
