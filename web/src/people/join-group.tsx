import { GroupByCodeDocument, type GroupFragment, JoinGroupDocument, type JoinRequestFragment, WithdrawJoinRequestDocument } from 'parley-client/documents';
import { useParley, useViewer } from 'parley-client/react';
import { useRef, useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { useTexts } from '../app/i18n.ts';
import { navigate, pathTo } from '../app/router.ts';
import { Avatar, Button, Empty, Field, LinkButton, Notice, Spinner, TextArea, toast } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { groupTexts } from '../texts/groups.ts';
import { freshId } from './fresh-id.ts';
import { codeIn } from './names.ts';
import { chatPath } from './paths.ts';
import { useDoing, useReading } from './reading.ts';

/** Asks for a code, or shows the group that has it, before one joins. */
export function JoinPane({ code }: { readonly code: string | null }) {
  const t = useTexts(groupTexts);
  return (
    <>
      <Bar title={t.join} backTo={code === null ? '/people' : '/join'} />
      <div class="pane-scroll">
        <div class="card-inside">{code === null ? <CodeForm /> : <GroupOfCode key={code} code={code} />}</div>
      </div>
    </>
  );
}

function CodeForm() {
  const t = useTexts(groupTexts);
  const [text, setText] = useState('');
  const code = codeIn(text);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (code !== '') navigate(pathTo('/join/:code', { code }));
      }}
    >
      <Field label={t.codeOrLink} hint={t.joinHint} value={text} onInput={setText} autofocus />
      <div class="card-buttons">
        <Button type="submit" tone="main" disabled={code === ''}>
          {t.look}
        </Button>
      </div>
    </form>
  );
}

function GroupOfCode({ code }: { readonly code: string }) {
  const t = useTexts(groupTexts);
  const common = useTexts(words);
  const parley = useParley();
  const { data, error, reload } = useReading(
    code,
    async () => ({ group: (await parley.request(GroupByCodeDocument, { inviteCode: code })).groupByCode ?? null }),
    ({ __typename }) => __typename === 'JoinRequestChanged' || __typename === 'ConversationChanged' || __typename === 'MembersChanged',
  );
  if (data?.group) return <Joining group={data.group} code={code} />;
  if (data) return <Empty icon="group" title={t.noGroup} action={<LinkButton href="/join">{t.join}</LinkButton>} />;
  if (error) return <Empty icon="warning" title={error.message} action={<Button onClick={reload}>{common.retry}</Button>} />;
  return (
    <div class="people-wait">
      <Spinner label={common.loading} />
    </div>
  );
}

function Joining({ group, code }: { readonly group: GroupFragment; readonly code: string }) {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const viewer = useViewer();
  const doing = useDoing();
  const [message, setMessage] = useState('');
  const [request, setRequest] = useState<JoinRequestFragment | null>(null);
  const clientId = useRef({ of: '', id: '' });
  const isVisitor = viewer?.role === 'VISITOR';
  const join = async () => {
    if (clientId.current.of !== message || clientId.current.id === '') clientId.current = { of: message, id: freshId() };
    let made: JoinRequestFragment | null = null;
    const variables = { inviteCode: code, message: message.trim() === '' ? null : message, clientId: clientId.current.id };
    const done = await doing.run(async () => {
      made = (await parley.request(JoinGroupDocument, variables)).joinGroup ?? null;
    });
    if (done) arrive(made);
  };
  const arrive = (made: JoinRequestFragment | null) => {
    setRequest(made);
    const id = made?.group.conversation?.id;
    if (made?.status === 'ACCEPTED' && id) navigate(chatPath(id), { replace: true });
  };
  const withdraw = async (id: string) => {
    if (!(await doing.run(() => parley.request(WithdrawJoinRequestDocument, { id })))) return;
    setRequest(null);
    clientId.current = { of: '', id: '' };
    toast(t.withdrawn);
  };
  const isMember = group.viewerMember !== null;
  return (
    <>
      <div class="card-head">
        <Avatar id={group.id} name={group.name} url={group.avatar} size={72} isGroup />
        <div class="card-names">
          <h1 class="card-name">{group.name}</h1>
          <p class="soft">{t.members(group.memberCount)}</p>
        </div>
      </div>
      {isMember && group.conversation ? (
        <LinkButton href={chatPath(group.conversation.id)} tone="main" icon="chat">
          {t.openGroup}
        </LinkButton>
      ) : group.joinPolicy === 'USERS_ONLY' && isVisitor ? (
        <Notice tone="warn" action={<LinkButton href="/settings/account">{t.signIn}</LinkButton>}>
          {t.usersOnly}
        </Notice>
      ) : request?.status === 'PENDING' ? (
        <Notice
          tone="good"
          action={
            <Button isBusy={doing.isBusy} onClick={() => void withdraw(request.id)}>
              {t.withdraw}
            </Button>
          }
        >
          {t.asked}
        </Notice>
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void join();
          }}
        >
          {group.joinPolicy === 'OPEN' ? null : (
            <>
              <Notice>{t.approvalNeeded}</Notice>
              <TextArea label={t.messageToAdmins} value={message} onInput={setMessage} maxLength={200} />
            </>
          )}
          <div class="card-buttons">
            <Button type="submit" tone="main" isBusy={doing.isBusy}>
              {group.joinPolicy === 'OPEN' ? t.joinNow : t.askToJoin}
            </Button>
          </div>
        </form>
      )}
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </>
  );
}
