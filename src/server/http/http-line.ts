import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createAttached } from '../../kernel/attached.ts';
import type { HttpIntake } from './intake.ts';

/** Requests of one connection that may wait for their turn. Browsers send none before its answer; beyond it the connection ends. */
const mostWaiting = 100;

interface Line {
  busy: boolean;
  readonly waiting: (() => void)[];
}

/** Serves the requests of each connection one after the other. */
export interface Lines {
  /** Calls `serve` when all that came before on this connection is answered and taken; never where the connection ends before. */
  enter(socket: Socket, answer: ServerResponse, serve: () => void): void;
}

/**
 * Node hands over all requests that a client pipelines (RFC 9112, section 9.3.2), hundreds in one packet, and keeps their answers until their
 * turn: run together, they would all have their answers in memory before the first is read.
 */
export function createLines(intake: HttpIntake): Lines {
  const lines = createAttached<Socket, Line>();
  return {
    enter(socket, answer, serve) {
      if (socket.destroyed) return;
      intake.came(socket);
      let line = lines.get(socket);
      if (!line) {
        line = { busy: false, waiting: [] };
        lines.set(socket, line);
      }
      const { waiting } = line;
      const mine = line;
      answer.once('close', () => {
        const next = socket.destroyed ? undefined : waiting.shift();
        mine.busy = next !== undefined;
        next?.();
      });
      if (!line.busy) {
        line.busy = true;
        serve();
      } else if (waiting.length < mostWaiting) waiting.push(serve);
      else {
        intake.stop(socket);
        socket.destroy();
      }
    },
  };
}
