import { Panes } from '../app/panes.tsx';

/** `/settings…` */
export function SettingsSection() {
  return <Panes list={null} listLabel="" main={null} phoneShows="list" />;
}
