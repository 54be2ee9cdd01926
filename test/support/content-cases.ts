import { EditContentDocument, RecallMessageDocument } from '../generated/graphql.ts';
import { present } from './client.ts';
import { attachmentsOf, samples, sendContent } from './contents.ts';
import { openTables } from './groups.ts';
import type { Person } from './people.ts';
import type { Case } from './state-cases.ts';
import type { Scene } from './state-scene.ts';

/** Ways to say what is no text. */
const contents: Readonly<Record<string, (scene: Scene, by: Person) => Promise<Parameters<typeof sendContent>[2]>>> = {
  ...Object.fromEntries(samples.map(({ typename, content }) => [`a ${typename}`, async ({ peer }: Scene) => content(peer[0])])),
  'files of all kinds': async ({ app }, by) => attachmentsOf(await openTables(app), by, undefined, 'a caption'),
};
const all = Object.entries(contents);

const files = async ({ app, peer, conversationId }: Scene, caption: string) =>
  await sendContent(peer[0], conversationId, await attachmentsOf(await openTables(app), peer[0], undefined, caption));

/** What is no text, for `sendMessage`. The stranger keeps whatever comes: one forward is enough. */
export const contentSends: readonly Case[] = [
  ...all.map(
    ([what, make]): Case => ({ name: what, act: async (scene) => sendContent(scene.actor[0], scene.conversationId, await make(scene, scene.actor[0])) }),
  ),
  {
    name: 'files that are forwarded to somebody new',
    arrange: (scene) => files(scene, 'a caption'),
    act: ({ actor, stranger, conversationId }) => sendContent(actor[0], stranger[0].user.id, { forward: fifthIn(conversationId) }),
  },
];

/** What is no text, for `recallMessage`. */
export const contentRecalls: readonly Case[] = all.map(([what, make]) => ({
  name: `${what}, answered`,
  arrange: async (scene) => {
    const { id } = await sendContent(scene.peer[0], scene.conversationId, await make(scene, scene.peer[0]));
    await sendContent(scene.actor[0], scene.conversationId, { text: 'an answer' }, { replyTo: id });
  },
  act: ({ peer, conversationId }) => peer[0].ask(RecallMessageDocument, { id: fifthIn(conversationId) }),
}));

/** What is no text, for `editMessage`. */
export const contentEdits: readonly Case[] = ['another caption', ''].map((caption) => ({
  name: caption === '' ? 'a caption that is taken away' : 'a caption',
  arrange: (scene) => files(scene, 'a caption'),
  act: ({ peer, conversationId }) => peer[0].ask(EditContentDocument, { id: fifthIn(conversationId), content: { caption } }),
}));

/** The id of the first message after those of the scene. */
function fifthIn(conversationId: string): string {
  const uuid = present(Buffer.from(conversationId, 'base64url').toString().split(':')[1]);
  return Buffer.from(`Message:${uuid}:5`).toString('base64url');
}
