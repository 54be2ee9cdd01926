import { firstTabs } from './first-steps.ts';
import { createFetcher } from './graphiql-fetcher.ts';
import type { Answered } from './http-writer.ts';
import { answerWithFile, forEver, type KeptFile, keepFile } from './kept-files.ts';

/** The page of GraphiQL, whole: it loads nothing from anywhere else. */
export interface Graphiql {
  /** The page itself, which the browser asks for again each time and mostly has already. */
  page(header: (name: string) => string | undefined): Promise<Answered>;
  /** One of the files that the page loads, by its path; null where there is none. The browser keeps it: another content has another path. */
  file(path: string, header: (name: string) => string | undefined): Promise<Answered | null>;
}

const folder = '/graphql/';

const icon = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#2563eb" d="M2 2h12v9H8l-4 3v-3H2z"/></svg>')}`;

/** Makes it. What it is made of is megabytes, so it is read when somebody first asks. */
export function createGraphiql(): Graphiql {
  let site: Promise<{ readonly page: KeptFile; readonly files: ReadonlyMap<string, KeptFile> }> | undefined;
  const load = () => {
    site ??= makeSite();
    return site;
  };
  return {
    page: async (header) => await answerWithFile((await load()).page, header, { ...pageHeaders, 'cache-control': 'no-cache', vary: 'Accept' }),
    async file(path, header) {
      if (!path.startsWith(folder)) return null;
      const found = (await load()).files.get(path.slice(folder.length));
      return found ? await answerWithFile(found, header, { 'cache-control': forEver, vary: 'Accept-Encoding' }) : null;
    },
  };
}

async function makeSite() {
  const { css, editorWorkerService, graphqlWorker, js, jsonWorker } = await import('@graphql-yoga/render-graphiql/graphiql');
  const files = new Map<string, KeptFile>();
  /** Adds a file and gives its address, from the page on: whatever prefix a proxy has put before both. */
  const add = (name: string, type: string, text: string) => {
    const file = keepFile(type, text);
    const [stem, ending] = name.split('.');
    const path = `${stem}-${file.etag.slice(1, 13)}.${ending}`;
    files.set(path, file);
    return `graphql/${path}`;
  };
  const script = 'text/javascript; charset=utf-8';
  const workers = {
    editorWorkerService: add('editor-worker.js', script, editorWorkerService),
    json: add('json-worker.js', script, jsonWorker),
    graphql: add('graphql-worker.js', script, graphqlWorker),
  };
  const style = add('graphiql.css', 'text/css; charset=utf-8', css);
  const main = add('graphiql.js', script, js);
  const start = add('start.js', script, startScript(workers));
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${style}">
</head>
<body id="body" class="no-focus-outline">
<noscript>This page needs JavaScript.</noscript>
<div id="root"></div>
<script src="${main}"></script>
<script src="${start}"></script>
</body>
</html>
`;
  return { page: keepFile('text/html; charset=utf-8', page), files };
}

function startScript(workers: Readonly<Record<string, string>>): string {
  return `
const workers = ${JSON.stringify(workers)};
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] };
const { fetch, WebSocket } = window;
const fetcher = (${createFetcher})({ url: location.origin + location.pathname, fetch: fetch.bind(window), WebSocket });
const defaultTabs = (${firstTabs})(Math.random().toString(36).slice(2, 8));
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), { title: 'Parley', fetcher, defaultTabs });
`;
}

/** The headers of a page that runs its own scripts and workers, talks to its own server, and nothing else. */
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
};
