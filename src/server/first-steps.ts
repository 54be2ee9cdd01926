/**
 * What a newcomer sees when the server is up: where it is, and lines for any POSIX shell with curl that make two people and send a first
 * message. The defaults refuse strangers, so one of the two opens the chatset.
 */
export function firstSteps(url: string, graphiql: boolean): string {
  return `
Parley listens at ${url}/graphql (the same address with ws:// for subscriptions).
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
