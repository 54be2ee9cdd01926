import { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { headOf, type Sheaf } from './sheaf.ts';

/** Writes text frames to one WebSocket: all that it gets in one turn of the event loop in one write. */
export interface FrameWriter {
  /** Adds a frame whose text is spelled by `bytesOf`. */
  add(bytes: string): void;
  /** Adds the frames of a sheaf for a reader. */
  addSheaf(sheaf: Sheaf, id: string, own: string): void;
  /** Hands over what was added. To be called before anything else is sent to the socket, such as a close frame. */
  flush(): void;
  /** Bytes that were added, or that the socket has not taken yet. */
  readonly waiting: number;
  /** Asks for word when some of what waits is out. Nobody is told otherwise: that would cost each write as much as to make it. */
  tellWhenSent(): void;
}

/** Hands over what the writers got, at the end of the turn of the event loop. */
export interface Turn {
  end(writer: Pick<FrameWriter, 'flush'>): void;
}

/** Makes the end of the turn for any number of writers. */
export function createTurn(): Turn {
  let waiting: Pick<FrameWriter, 'flush'>[] = [];
  return {
    end(writer) {
      if (waiting.length === 0)
        setImmediate(() => {
          const now = waiting;
          waiting = [];
          for (const each of now) each.flush();
        });
      waiting.push(writer);
    },
  };
}

/** Whose frames they are. */
export interface FrameOwner {
  /** Some of what waited is out: told once each time that it was asked for. */
  sent(): void;
  /** Not all that was handed over was taken at once. */
  behind(): void;
}

/** Makes a writer. */
export function createFrameWriter(socket: WebSocket, turn: Turn, owner: FrameOwner, plain = plainSocketOf(socket)): FrameWriter {
  return plain ? new PlainWriter(socket, turn, owner, plain) : new PublicWriter(socket, turn, owner);
}

/** Writes straight to the socket below. A class, as the other, because there is one for each connection: it has its data and no more. */
class PlainWriter implements FrameWriter {
  private text = '';
  /** What was added alone, and the parts of this reader; else it is in the text. */
  private sheaf: Sheaf | null = null;
  private id = '';
  private own = '';
  private isBehind = false;
  private isAsked = false;
  private readonly socket: WebSocket;
  private readonly turn: Turn;
  private readonly owner: FrameOwner;
  private readonly plain: Socket;

  constructor(socket: WebSocket, turn: Turn, owner: FrameOwner, plain: Socket) {
    this.socket = socket;
    this.turn = turn;
    this.owner = owner;
    this.plain = plain;
  }

  add(bytes: string) {
    this.begin();
    this.text += headOf(bytes.length) + bytes;
  }

  addSheaf(sheaf: Sheaf, id: string, own: string) {
    const isAlone = this.text === '' && this.sheaf === null;
    this.begin();
    if (!isAlone) {
      this.text += sheaf.textFor(id, own);
      return;
    }
    this.sheaf = sheaf;
    this.id = id;
    this.own = own;
  }

  /** Something is added to what is to be handed over, all of it in one write. */
  private begin() {
    if (this.sheaf !== null) {
      this.text = this.sheaf.textFor(this.id, this.own);
      this.sheaf = null;
    } else if (this.text === '') this.turn.end(this);
  }

  flush() {
    const { text, sheaf, plain, isAsked } = this;
    if (text === '' && sheaf === null) return;
    this.text = '';
    this.sheaf = null;
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (sheaf === null) plain.write(text, 'latin1');
    else plain.write(sheaf.bytesFor(this.id, this.own));
    this.isBehind = plain.writableLength > 0;
    // Else the network has taken them all.
    if (this.isBehind) sheaf?.keep();
    if (this.isBehind) this.owner.behind();
    if (isAsked) this.tellWhenSent();
  }

  get waiting() {
    const added = this.sheaf === null ? this.text.length : this.sheaf.lengthFor(this.id, this.own);
    return this.isBehind ? added + this.plain.writableLength : added;
  }

  tellWhenSent() {
    this.isAsked = true;
    // What is still to be handed over asks again.
    if (this.text !== '' || this.sheaf !== null) return;
    this.plain.write('', 'latin1', () => {
      this.isBehind = this.plain.writableLength > 0;
      if (!this.isAsked) return;
      this.isAsked = false;
      this.owner.sent();
    });
  }
}

/** Writes through the interface of ws. */
class PublicWriter implements FrameWriter {
  private frames: string[] = [];
  private added = 0;
  private isAsked = false;
  private readonly socket: WebSocket;
  private readonly turn: Turn;
  private readonly owner: FrameOwner;

  constructor(socket: WebSocket, turn: Turn, owner: FrameOwner) {
    this.socket = socket;
    this.turn = turn;
    this.owner = owner;
  }

  add(bytes: string) {
    if (this.frames.length === 0) this.turn.end(this);
    this.frames.push(bytes);
    this.added += bytes.length;
  }

  addSheaf(sheaf: Sheaf, id: string, own: string) {
    for (const bytes of sheaf.framesFor(id, own)) this.add(bytes);
  }

  flush() {
    const { frames } = this;
    this.frames = [];
    this.added = 0;
    if (this.socket.readyState !== WebSocket.OPEN) return;
    for (const bytes of frames) this.socket.send(Buffer.from(bytes, 'latin1'), { binary: false }, this.sent);
    if (this.socket.bufferedAmount > 0) this.owner.behind();
  }

  get waiting() {
    return this.added + this.socket.bufferedAmount;
  }

  tellWhenSent() {
    this.isAsked = true;
  }

  private readonly sent = () => {
    if (!this.isAsked) return;
    this.isAsked = false;
    this.owner.sent();
  };
}

/**
 * The socket below a WebSocket of ws, where it is as we know it; else null, and frames go through ws's public interface. `_socket` and `_sender`
 * are not part of that: without compression ws keeps nothing back and writes each frame to `_socket` at once, so that frames written there keep
 * the order.
 */
export function plainSocketOf(socket: WebSocket): Socket | null {
  const raw: unknown = Reflect.get(socket, '_socket');
  const sender: unknown = Reflect.get(socket, '_sender');
  if (!(raw instanceof Socket) || typeof sender !== 'object' || sender === null || socket.extensions !== '') return null;
  return Reflect.get(sender, '_bufferedBytes') === 0 ? raw : null;
}
