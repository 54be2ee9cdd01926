import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { message, onTold } from './message.mjs';

/** socket.io, which sends one event to everybody: https://socket.io/docs/v4/broadcasting-events/ */
const server = createServer();
const io = new Server(server, { transports: ['websocket'], pingInterval: 600_000, pingTimeout: 600_000 });
onTold(() => io.emit('message', { id: '1', type: 'next', payload: { data: { messages: message } } }));
server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
