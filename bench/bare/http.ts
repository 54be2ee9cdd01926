import { createServer } from 'node:http';

/** The measure for HTTP: node:http, which reads the body of each request and answers always the same bytes, `ANSWER`. */
const answer = Buffer.from(process.env.ANSWER ?? '{}');
createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length });
    response.end(answer);
  });
}).listen(Number(process.env.PORT), '127.0.0.1', 1024);
