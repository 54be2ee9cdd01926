import { Panes } from '../app/panes.tsx';

/** Conversations: `/` and `/chats/:id`. */
export function ChatSection() {
  return <Panes list={null} listLabel="" main={null} phoneShows="list" />;
}
