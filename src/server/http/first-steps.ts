/**
 * What a newcomer sees when the server is up: where it is, and lines for any POSIX shell with curl that make two people and send a first
 * message. The defaults refuse strangers, so one of the two opens the chatset.
 */
export function firstSteps(url: string, { graphiql, pages }: { readonly graphiql: boolean; readonly pages: boolean }): string {
  return `
${pages ? `Open ${url} in a browser to chat.` : 'The page is off (PAGES=on turns it on).'}
The API is at ${url}/graphql (the same address with ws:// for subscriptions).
${graphiql ? `GraphiQL: open ${url}/graphql in a browser.` : 'GraphiQL is off (GRAPHIQL=on turns it on).'}

Two people and a first message, to be pasted into a shell:

api=${url}/graphql
ask() { printf '{"query":"%s"}' "$(printf '%s' "$2" | sed 's/"/\\\\"/g')" | curl -sS "$api" -H "Authorization:\${1:+ Bearer $1}" -H 'Content-Type: application/json' --data-binary @-; echo; }
get() { printf '%s\\n' "$2" | sed -n 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/p'; }
now=$(date +%s)
ann=$(ask '' 'mutation { register(input: { username: "ann_'$now'", password: "a secret" }) { token user { id } } }')
ask "$(get token "$ann")" 'mutation { updateChatset(input: { user: { sendCount: 2, needFollow: false } }) { username } }'
bob=$(ask '' 'mutation { register(input: { username: "bob_'$now'", password: "a secret" }) { token } }')
ask "$(get token "$bob")" 'mutation { sendMessage(input: { to: "'"$(get id "$ann")"'", clientId: "6a0f8e0e-5d0c-4b7e-9a43-3f2f5b1c7d10", content: { text: "Hello, Ann!" } }) { seq content { text } } }'
ask "$(get token "$ann")" '{ conversations { edges { node { title unreadCount lastMessage { content { text } } } } } }'
`;
}

/** A tab of GraphiQL: all as texts. */
export interface Tab {
  readonly query: string;
  readonly variables?: string;
  readonly headers?: string;
}

/**
 * The same as tabs of GraphiQL, for whoever opens it for the first time; `chance` makes names that nobody has. Its source is sent to browsers as
 * it stands here, so it uses nothing but its argument.
 */
export function firstTabs(chance: string): readonly Tab[] {
  const digits = () => Math.floor(Math.random() * 65_536);
  const hex = () => digits().toString(16).padStart(4, '0');
  const clientId = `${hex()}${hex()}-${hex()}-4${hex().slice(1)}-8${hex().slice(1)}-${hex()}${hex()}${hex()}`;
  const bearer = (name: string) => JSON.stringify({ Authorization: `Bearer <the token of ${name}>` });
  const register = (name: string, steps: string, operation: string) => `# ${steps}
mutation ${operation} {
  register(
    input: { username: "${name}_${chance}", password: "a secret" }
  ) {
    token
    user { id username }
  }
}
`;
  return [
    { query: register('ann', '1. Make Ann.\n# Keep her token and her id from the answer.', 'RegisterAnn') },
    {
      query: `# 2. By default strangers may not write to each
# other: Ann allows it.
# Put her token into the headers below.
mutation Allow {
  updateChatset(
    input: { user: { sendCount: 2, needFollow: false } }
  ) { username }
}
`,
      headers: bearer('Ann'),
    },
    { query: register('bob', '3. Make Bob.\n# Keep his token from the answer.', 'RegisterBob') },
    {
      query: `# 4. Bob writes to Ann.
# Put her id into the variables and his token into
# the headers below.
mutation Send($to: ID!) {
  sendMessage(
    input: {
      to: $to
      clientId: "${clientId}"
      content: { text: "Hello, Ann!" }
    }
  ) {
    seq
    content { text }
  }
}
`,
      variables: JSON.stringify({ to: '<the id of Ann>' }),
      headers: bearer('Bob'),
    },
    {
      query: `# 5. What happens to Ann, as it happens.
# Put her token into the headers below and run it.
# It ends when you go to another tab: let Bob write
# again, with another clientId, in a second window.
subscription Events {
  events {
    __typename
    cursor
    ... on MessageSent {
      message { seq createdAt content { text } }
    }
  }
}
`,
      headers: bearer('Ann'),
    },
  ];
}
