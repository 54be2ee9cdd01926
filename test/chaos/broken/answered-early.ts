import { replaceModule } from './replace.ts';

// A send is answered when its work is done, and committed afterwards.
replaceModule('features/log/log.service.ts', new URL('./log.service.ts', import.meta.url).href);
