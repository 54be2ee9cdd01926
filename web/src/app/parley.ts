import { createParley } from 'parley-client';

/** The one client of this page. Components may take it from `useParley()`; this is for what runs outside of them too. */
export const parley = createParley({ url: '/graphql' });
