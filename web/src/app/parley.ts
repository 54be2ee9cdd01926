import type { Parley } from 'parley-client';
import { createStub } from '../dev/stub.ts';

/** The one client of this page. Components take it from `useParley()`; this is for what runs outside of them. */
export const parley: Parley = createStub();
