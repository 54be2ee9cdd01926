// The back end of a shop in miniature: its users are its own, its chat is Parley's. Node and jsonwebtoken, and nothing else.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import jwt from 'jsonwebtoken';

// The key speaks to Parley for the shop, the secret signs who somebody is. Both stay here and never reach a page.
const { PARLEY_URL, PARLEY_SERVER_KEY, IDENTITY_SECRET, PORT = '3000' } = process.env;

// What a shop has anyway. In earnest these are tables, and the passwords are hashes.
const people = [
  { id: '4711', email: 'ann@example.com', password: 'ann likes tea', name: 'Ann' },
  { id: '4712', email: 'bob@example.com', password: 'bob likes coffee', name: 'Bob' },
];
const logins = new Map();
const orders = new Map();

/** Asks Parley something in the name of the shop. */
async function parley(query, input) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${PARLEY_SERVER_KEY}` };
  const body = JSON.stringify({ query, variables: { input } });
  const response = await fetch(PARLEY_URL, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(`${errors[0].extensions?.code}: ${errors[0].message}`);
  return data;
}

/** What the shop answers: a number is a status. `me` is who has logged in. */
const routes = {
  async 'POST /login'(_me, { email, password }) {
    const me = people.find((person) => person.email === email && person.password === password);
    if (!me) return 401;
    // From now on Parley can be asked to tell this person something. Where it is away the shop goes on: a proof makes the account as well.
    const traits = [{ key: 'email', value: me.email }];
    const upsert = 'mutation ($input: UpsertUserInput!) { upsertUser(input: $input) { id } }';
    await parley(upsert, { externalId: me.id, nickname: me.name, traits }).catch(console.error);
    const login = randomUUID();
    logins.set(login, { ...me, device: `Browser ${logins.size + 1}` });
    return { login };
  },
  // One way into the chat: a proof, which the page gives to `identify`. It is made here, and Parley is not asked.
  'GET /chat'(me) {
    const proof = jwt.sign({ name: me.name }, IDENTITY_SECRET, { subject: me.id, audience: 'default', expiresIn: '10m' });
    return { url: PARLEY_URL, proof };
  },
  // The other way: the tokens themselves. A page that is loaded again in the same browser takes no second session.
  async 'GET /chat/session'(me) {
    const issue = 'mutation ($input: IssueSessionInput!) { issueSession(input: $input) { token refreshToken } }';
    const { issueSession } = await parley(issue, { person: { external: { id: me.id } }, device: me.device });
    return { url: PARLEY_URL, ...issueSession };
  },
  'POST /orders'(me, { what }) {
    const id = randomUUID();
    orders.set(id, { buyer: me.id, what });
    return { id };
  },
  // The notice has the id of the order: whether this is asked twice, or again after a lost answer, it is told once.
  async 'POST /ship'(_me, { id }) {
    const order = orders.get(id);
    if (!order) return 404;
    const send = 'mutation ($input: SendNoticeInput!) { sendNotice(input: $input) { id } }';
    await parley(send, { to: { external: { id: order.buyer } }, clientId: id, text: `On its way to you: ${order.what}` });
    return { shipped: true };
  },
};

const server = createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    const route = routes[`${request.method} ${request.url}`];
    const me = logins.get(request.headers.authorization?.replace('Bearer ', ''));
    const sent = await text(request);
    const result = !route ? 404 : !me && request.url !== '/login' ? 401 : await route(me, sent === '' ? {} : JSON.parse(sent));
    answer(typeof result === 'number' ? result : 200, result);
  } catch (error) {
    console.error(error);
    answer(502, 'try again');
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`the shop is at http://127.0.0.1:${server.address().port}`));
