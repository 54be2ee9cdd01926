import type { ValidatedExecutionArgs } from 'graphql';
import { type Context, requestIdOf } from '../../graphql/context.ts';
import { nameOfKey } from '../../kernel/server-caller.ts';
import type { Logger } from '../../platform/logger.ts';
import { kindOf } from './observing.ts';

/** Writes a line for an operation that a server key runs as somebody: of what may change something always. Nothing for everybody else. */
export function logActed(logger: Logger, context: Pick<Context, 'viewer' | 'connection' | 'requestId'>, args: ValidatedExecutionArgs): void {
  const { viewer } = context;
  if (viewer === null || viewer.actedBy === null) return;
  const { type, field } = kindOf(args);
  const facts = { requestId: requestIdOf(context), actedBy: nameOfKey(viewer.actedBy), userUuid: viewer.uuid, type, field };
  if (type === 'mutation') logger.info(facts, 'a server key acts as somebody');
  else logger.debug(facts, 'a server key reads as somebody');
}
