import { useMessages } from 'parley-client/react';

export function Room({ id }: { id: string }) {
  const { messages, chat } = useMessages(id);
  const rows = messages.map(({ id, state, content }) => <p key={id}>{`${content?.text} (${state})`}</p>);
  return (
    <main>
      {rows}
      <input type="button" value="Say hello" onClick={() => chat.send('Hello')} />
    </main>
  );
}
