import { connect } from 'node:net';

// Writes the same bytes again and again to a port, as fast as they are taken, in a process of its own that `openFloods` forks.

const [port = '', head = '', piece = ''] = process.argv.slice(2);
const bytes = Buffer.from(piece, 'base64');
const block = Buffer.concat(Array.from({ length: Math.ceil(65_536 / bytes.length) }, () => bytes));

const socket = connect(Number(port), '127.0.0.1');
socket.on('error', () => {});
socket.on('close', () => process.disconnect());
socket.once('data', (data) => process.send?.(data.toString('latin1')));
// What comes later is read as well, so that the other side is not kept from writing.
socket.on('data', () => {});
socket.write(Buffer.from(head, 'base64'));
const go = () => {
  if (socket.destroyed) return;
  if (socket.write(block)) setImmediate(go);
  else socket.once('drain', go);
};
go();
