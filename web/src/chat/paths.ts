import { pathTo } from '../app/router.ts';

/** The pages that conversations lead to. */
export const chatPath = (conversationId: string) => pathTo('/chats/:id', { id: conversationId });
export const personPath = (uuid: string) => pathTo('/people/:uuid', { uuid });
export const groupPath = (conversationId: string) => pathTo('/groups/:id', { id: conversationId });
