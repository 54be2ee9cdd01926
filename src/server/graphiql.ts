import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

const options = { title: 'Parley', subscriptionsProtocol: 'WS' } as const;

/** GraphiQL sends what its header editor holds over HTTP only, and keeps it in the browser's storage: the socket takes it from there. */
const connectionParams = "() => { try { return { headers: JSON.parse(localStorage.getItem('graphiql:headers') || '{}') }; } catch { return {}; } }";

let page: string | undefined;

/** The page of GraphiQL, whole: it loads nothing from anywhere else. Its header editor works for HTTP and for the socket. */
export function renderPage(): string {
  page ??= withConnectionParams(renderGraphiQL(options));
  return page;
}

function withConnectionParams(html: string): string {
  const json = JSON.stringify(options);
  const at = html.lastIndexOf(json);
  if (at < 0) throw new Error('the page of GraphiQL does not hold its options');
  return `${html.slice(0, at)}Object.assign(${json}, { connectionParams: ${connectionParams} })${html.slice(at + json.length)}`;
}

/** The headers of a page that must run its own inline script and workers, talk to its own server, and nothing else. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; font-src data:; img-src data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
};
