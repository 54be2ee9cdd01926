import { Panes } from '../app/panes.tsx';

/** People and groups: `/people…`, `/groups…` and `/join/:code`. */
export function PeopleSection() {
  return <Panes list={null} listLabel="" main={null} phoneShows="list" />;
}
