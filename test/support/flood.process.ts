import { connect } from 'node:net';

// Writes the same bytes again and again to a port, over one or several connections, as fast as they are taken, in a process of its own that
// `openFloods` forks.

const [port = '', head = '', piece = '', connections = ''] = process.argv.slice(2);
const bytes = Buffer.from(piece, 'base64');
const block = Buffer.concat(Array.from({ length: Math.ceil(65_536 / bytes.length) }, () => bytes));

let open = Number(connections);

function flood(): void {
  const socket = connect(Number(port), '127.0.0.1');
  let first = '';
  let last = '';
  socket.on('error', () => {});
  // What comes later is read as well, so that the other side is not kept from writing.
  socket.on('data', (data) => {
    last = data.toString('latin1');
    first ||= last;
  });
  socket.on('close', () => {
    open -= 1;
    process.send?.([first, last], () => {
      if (open === 0) process.disconnect();
    });
  });
  socket.write(Buffer.from(head, 'base64'));
  const go = () => {
    if (socket.destroyed) return;
    if (socket.write(block)) setImmediate(go);
    else socket.once('drain', go);
  };
  go();
}

for (let count = 0; count < Number(connections); count += 1) flood();
