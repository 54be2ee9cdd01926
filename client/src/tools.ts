import { sleep } from './connection/waking.ts';
import { ParleyError } from './errors.ts';
import { safely } from './observable.ts';
import { randomId } from './random-id.ts';
import { pauseBefore } from './timing.ts';

/**
 * What the parts that are loaded later use of what the page has anyway. It is given to them: were it imported there, bundlers would take it out of what
 * loads at once, as a file of its own.
 */
export const tools = { ParleyError, pauseBefore, randomId, safely, sleep };
export type Tools = typeof tools;
