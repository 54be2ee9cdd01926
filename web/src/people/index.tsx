import { useTexts } from '../app/i18n.ts';
import { Panes } from '../app/panes.tsx';
import { match, path } from '../app/router.ts';
import { Empty } from '../app/ui/index.ts';
import { peopleTexts } from '../texts/people.ts';
import { GroupPane } from './group-pane.tsx';
import { JoinPane } from './join-group.tsx';
import { NewGroup } from './new-group.tsx';
import { PeopleList } from './people-list.tsx';
import { UserCard } from './user-card.tsx';

/** People and groups: `/people…`, `/groups…` and `/join/:code`; and where QR codes lead, `/user/:uuid` and `/group/:code`. */
export function PeopleSection() {
  const t = useTexts(peopleTexts);
  const main = mainOf(path.value);
  return (
    <Panes
      list={<PeopleList />}
      listLabel={t.people}
      main={main ?? <Empty icon="people" title={t.chooseSomebody} />}
      phoneShows={main === null ? 'list' : 'main'}
    />
  );
}

function mainOf(shown: string) {
  const person = match('/people/:uuid', shown) ?? match('/user/:uuid', shown);
  if (person) return <UserCard key={person.uuid} uuid={person.uuid} />;
  if (match('/groups/new', shown)) return <NewGroup />;
  const group = match('/groups/:id', shown);
  if (group) return <GroupPane key={group.id} conversationId={group.id} />;
  const invitation = match('/join/:code', shown) ?? match('/group/:code', shown);
  if (invitation) return <JoinPane code={invitation.code} />;
  return match('/join', shown) ? <JoinPane code={null} /> : null;
}
