import type { BrowserContext } from 'playwright-core';

/** What went wrong in a browser: errors, warnings, and requests to somewhere else. */
export interface Problems {
  /** All of them so far, as lines that can be read. */
  all(): readonly string[];
  /** Whether the network is away on purpose: a browser writes each request that fails into the console, and no page can keep it from that. */
  expectCut(isCut: boolean): void;
}

const ofTheNetwork = /net::ERR_|WebSocket connection to|Failed to load resource/;

/** Watches all tabs of a context that are opened from now on. Only `origin` may be asked for anything. */
export function watchProblems(context: BrowserContext, origin: string): Problems {
  const found: string[] = [];
  // Complaints come late, so those of a cut are let pass from then on.
  let wasCut = false;
  const note = (line: string) => {
    if (!(wasCut && ofTheNetwork.test(line))) found.push(line);
  };
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => note(`uncaught: ${error.error().stack ?? error.error().message}`));
  const allowed = new URL(origin);
  context.on('request', (request) => {
    const url = new URL(request.url());
    const isInline = url.protocol === 'data:' || url.protocol === 'blob:';
    if (!isInline && url.host !== allowed.host) note(`asked ${request.url()}`);
  });
  return {
    all: () => found,
    expectCut: (isCut) => {
      wasCut ||= isCut;
    },
  };
}
