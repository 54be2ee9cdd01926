import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The measure for uploads: node:http that writes each body to a file of its own in DATA_DIR, has it on the disk, and answers. */
const folder = process.env.DATA_DIR ?? '';
let files = 0;
const http = createServer((request, response) => {
  files += 1;
  pipeline(request, createWriteStream(join(folder, `${files}`), { flush: true })).then(
    () => response.writeHead(204).end(),
    () => response.destroy(),
  );
});
http.listen(Number(process.env.PORT), '127.0.0.1', 4096);
