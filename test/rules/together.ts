import { createReturns } from '../../src/features/events/returns.service.ts';
import type { Returns, StreamParts } from '../../src/features/events/start.service.ts';
import type { Build } from './build.ts';

/** A build whose streams are read for together when they begin, as those of a server are: one reading for many for each node. */
export function together(build: Build, asTheyAre: (returns: Returns) => Returns = (returns) => returns): Build {
  const returnsOf = new WeakMap<object, Returns>();
  const returnsFor = (parts: StreamParts): Returns => {
    const returns = returnsOf.get(parts.hub) ?? asTheyAre(createReturns({ ...parts, given: parts.hub.given }));
    returnsOf.set(parts.hub, returns);
    return returns;
  };
  const createStream: Build['stream']['createStream'] = (parts, ...rest) => build.stream.createStream({ ...parts, returns: returnsFor(parts) }, ...rest);
  return { ...build, stream: { ...build.stream, createStream } };
}
