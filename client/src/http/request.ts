import { sleep } from '../connection/waking.ts';
import type { CoreRequestOptions } from '../core.ts';
import { isObject } from '../is-object.ts';
import { overCodeOf, type Session } from '../session/session.ts';
import type { TypedDocument } from '../types.ts';
import type { Post } from './post.ts';

/** How often a new token is tried, where each was over before it arrived. */
const renewals = 5;

/** Sends with the session, and again where the server says when. `taking` is called before each time, and gives what puts into the store what comes. */
export function createRequest(post: Post, session: Session, taking: () => (data: unknown) => void) {
  return async <Result, Variables>(
    document: TypedDocument<Result, Variables>,
    variables: Variables,
    { signal, patience = 60 }: CoreRequestOptions = {},
  ): Promise<Result> => {
    const ownToken = session.bind();
    for (let renewed = 0; ; ) {
      const token = await ownToken();
      const take = taking();
      const { data, error } = await post(document, variables, token, { signal });
      const isRefused = !hasSomething(data);
      if (!isRefused) take(data);
      if (!error) return data;
      const { code, retryAfter } = error;
      if (isRefused && token !== '' && renewed < renewals) {
        renewed++;
        if (code === 'TOKEN_EXPIRED') {
          session.expire(token);
          continue;
        }
        const over = overCodeOf(code);
        if (over && !(await session.over(over, token))) continue;
      }
      if (!isRefused || code !== 'RATE_LIMITED' || retryAfter === null || retryAfter > patience) throw error;
      // Nothing of it was done, so it can go again.
      await sleep(retryAfter, signal);
    }
  };
}

/** Whether some field at the root was answered. */
function hasSomething(data: unknown): boolean {
  return isObject(data) && Object.values(data).some((value) => value !== null);
}
