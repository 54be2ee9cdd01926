import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/**
 * The measure for fan-out: ws, and nothing else. Whoever comes to /control sends the bytes of a message, then numbers; a number sends one prepared
 * Buffer so many times to everybody else.
 */
const readers = new Set<WebSocket>();
let message = Buffer.alloc(0);
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
sockets.on('connection', (socket, request) => {
  if (request.url !== '/control') {
    readers.add(socket);
    socket.on('close', () => readers.delete(socket));
    return;
  }
  socket.on('message', (data) => {
    const text = String(data);
    const times = Number(text);
    if (Number.isNaN(times)) message = Buffer.from(text);
    else for (let index = 0; index < times; index += 1) for (const reader of readers) reader.send(message, { binary: false });
  });
});
http.listen(Number(process.env.PORT), '127.0.0.1', 4096);
