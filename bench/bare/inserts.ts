import { createServer } from 'node:http';
import { createPool } from 'mysql2/promise';
import { WebSocketServer } from 'ws';

/**
 * The measure for sends: whoever comes sends milliseconds, and for so long rows are inserted, each in a transaction of its own, over 32 connections
 * of mysql2; then the number of rows comes back.
 */
const connections = 32;
const pool = createPool({ uri: process.env.DATABASE_URL, connectionLimit: connections });
await pool.query(
  'create table if not exists plain (id bigint primary key auto_increment, conversation_id bigint, seq bigint, sender_id bigint, client_id varchar(36), text text, created_at bigint, unique (sender_id, client_id), unique (conversation_id, seq))',
);
const insert = 'insert into plain (conversation_id, seq, sender_id, client_id, text, created_at) values (?, ?, ?, ?, ?, ?)';
const text = 'The quick brown fox jumps over the lazy dog. 你好！';
let last = Date.now();

const run = async (ms: number): Promise<number> => {
  const end = performance.now() + ms;
  let count = 0;
  const lane = async () => {
    const connection = await pool.getConnection();
    while (performance.now() < end) {
      count += 1;
      last += 1;
      await connection.execute(insert, [last % 32, last, 7, crypto.randomUUID(), text, Date.now()]);
    }
    connection.release();
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return count;
};

const http = createServer();
new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('message', (data) => {
    void run(Number(data)).then((count) => socket.send(`${count}`));
  });
});
http.listen(Number(process.env.PORT), '127.0.0.1');
