import { pathTo } from '../app/router.ts';

/** The card of somebody, by the uuid. What the QR codes of people lead to is the same page at `/user/:uuid`. */
export const personPath = (uuid: string) => pathTo('/people/:uuid', { uuid });

/** All about a group, by the id of its conversation. */
export const groupPath = (conversationId: string) => pathTo('/groups/:id', { id: conversationId });

export const chatPath = (conversationId: string) => pathTo('/chats/:id', { id: conversationId });

/** The conversation with somebody, whether there is one or not. */
export const chatWithPath = (uuid: string) => pathTo('/chats/with/:uuid', { uuid });

/** What to hand to others: the address of a page of this server, as the QR codes have it where the operator has set no other. */
export const linkOf = (kind: 'user' | 'group', code: string) => new URL(`/${kind}/${encodeURIComponent(code)}`, location.origin).href;
