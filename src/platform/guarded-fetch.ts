import { type LookupAddress, lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../kernel/public-addresses.ts';

/** Gets texts from addresses that operators and admins have given, without becoming a way into the network in which the server is. */
export interface GuardedFetch {
  /** The text at an address. Rejects where it is not to be had within the bounds; the reason is for the log. */
  text(url: string): Promise<string>;
}

/** What it may get, and from where. */
export interface GuardedFetchOptions {
  /** Also by http, and from addresses that are not public. */
  readonly allowsPrivate: boolean;
  readonly mostBytes: number;
  /** For all of it, redirects included. */
  readonly ms: number;
}

/** Redirects to the same host that are followed. */
const mostRedirects = 3;

/** Makes it. */
export function createGuardedFetch({ allowsPrivate, mostBytes, ms }: GuardedFetchOptions): GuardedFetch {
  const isAllowed = (address: string) => allowsPrivate || isPublicAddress(address);

  /** Names are looked up once, and what was judged is what is connected to: a name that means something else a moment later gains nothing. */
  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const allowed = error ? [] : found.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (!first) callback(error ?? new Error(`${hostname} has no address of the internet`), '', 0);
      else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };

  const get = (url: URL, signal: AbortSignal) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const { protocol, hostname } = url;
      if (protocol !== 'https:' && !(allowsPrivate && protocol === 'http:')) throw new Error(`${protocol} is not allowed`);
      // An address is not looked up.
      const literal = hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(literal) !== 0 && !isAllowed(literal)) throw new Error(`${literal} is no address of the internet`);
      const headers = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'parley' };
      // No connection is kept: each is judged by itself.
      const request = (protocol === 'https:' ? https : http).get(url, { headers, signal, agent: false, lookup: guardedLookup }, resolve);
      request.on('error', reject);
    });

  const read = async (answer: http.IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) throw new Error('the answer is no bytes');
      bytes += chunk.length;
      if (bytes > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  };

  const follow = async (text: string, signal: AbortSignal): Promise<string> => {
    let url = new URL(text);
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const answer = await get(url, signal);
      const { statusCode = 0, headers } = answer;
      try {
        if (statusCode === 200) {
          if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new Error('the answer is compressed');
          if (Number(headers['content-length'] ?? 0) > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`);
          return await read(answer);
        }
        if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) throw new Error(`the answer is ${statusCode}`);
      } finally {
        answer.destroy();
      }
      const next = new URL(headers.location, url);
      if (next.origin !== url.origin) throw new Error(`${url.host} sends on to another host, ${next.host}`);
      url = next;
    }
    throw new Error(`${url.host} sends on without an end`);
  };

  return {
    text: (text) => {
      const signal = AbortSignal.timeout(ms);
      // Not left to the request, which is over without an answer and without an error where a server wants to speak another protocol (101).
      const late = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
      return Promise.race([follow(text, signal), late]);
    },
  };
}
