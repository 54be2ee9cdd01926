import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { createPool } from 'mysql2/promise';
import { type WebSocket, WebSocketServer } from 'ws';

/**
 * The measure for a message on its way to another node: what a socket sends is inserted as one row, then published; what is published goes to every
 * socket. Two such processes are the two nodes.
 */
const pool = createPool({ uri: process.env.DATABASE_URL, connectionLimit: 20 });
await pool.query('create table if not exists relayed (id bigint primary key auto_increment, text text)');
const redis = new Redis(process.env.REDIS_URL ?? '');
const subscriber = new Redis(process.env.REDIS_URL ?? '');
const channel = `${process.env.REDIS_PREFIX}relay`;
const readers = new Set<WebSocket>();
await subscriber.subscribe(channel);
subscriber.on('message', (_channel, text) => {
  for (const reader of readers) reader.send(text);
});

const http = createServer();
new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket, request) => {
  if (request.url === '/read') readers.add(socket);
  socket.on('close', () => readers.delete(socket));
  socket.on('message', (data) => {
    const text = String(data);
    void pool.execute('insert into relayed (text) values (?)', [text]).then(() => redis.publish(channel, text));
  });
});
http.listen(Number(process.env.PORT), '127.0.0.1');
