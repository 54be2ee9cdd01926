/** What all peers tell their subscribers: a message as ours has it. */
export const typeDefs = `
type Person { id: ID! uuid: ID! username: String! }
type TextContent { text: String! }
type Conversation { id: ID! }
type Message { id: ID! seq: Int! rev: Int! clientId: ID createdAt: String! recalledAt: String conversation: Conversation! sender: Person content: TextContent }
type Query { ok: Boolean }
type Subscription { messages(conversationId: ID!): Message! }
`;

/** The message. */
export const message = {
  id: 'TWVzc2FnZToxZWEyNTJkYi00NTA2LTQ1MjYtYmU2ZS1kZTY3ZGM1M2NiZjc6MQ',
  seq: 1,
  rev: 2,
  clientId: '06a4333f-7e7d-4ef1-b37f-c7b6cd04cb61',
  createdAt: '2026-01-01T00:00:00.000Z',
  recalledAt: null,
  conversation: { id: 'Q29udmVyc2F0aW9uOjFlYTI1MmRiLTQ1MDYtNDUyNi1iZTZlLWRlNjdkYzUzY2JmNw' },
  sender: { id: 'VXNlcjo0ODkzMzZhOC04MTkzLTRjMGYtYTA3ZS0zODVlMjU2ZWJjN2E', uuid: '489336a8-8193-4c0f-a07e-385e256ebc7a', username: 'x_1002' },
  content: { __typename: 'TextContent', text: 'The quick brown fox jumps over the lazy dog. 你好！' },
};

/** Publishes so many messages, in one tick, whenever the benchmark says so. */
export function onTold(publish) {
  process.on('message', (told) => {
    for (let index = 0; index < (told?.publish ?? 0); index += 1) publish();
  });
}
