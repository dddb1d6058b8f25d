import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  const type = request.headers['content-type'] ?? 'text/plain';
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': type });
    // An empty message has two bytes in JSON, and none in protobuf.
    response.end(type === 'application/json' ? '{}' : '');
  });
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
