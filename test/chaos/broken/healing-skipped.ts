import { replaceModule } from './replace.ts';

// The comparison with the tables never runs: a lost bell stays lost.
replaceModule('features/events/hub.service.ts', new URL('./hub.service.ts', import.meta.url).href);
