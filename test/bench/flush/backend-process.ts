import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
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
const grpc = new Server({ 'grpc.max_receive_message_length': -1 });
grpc.addService(
  {
    Insert: {
      path: '/google.internal.prodx.mon.v1.MonitoringService/Insert',
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  },
  { Insert: (_: unknown, done: sendUnaryData<Buffer>) => done(null, Buffer.alloc(0)) },
);
grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, grpcPort) => {
  if (error) {
    throw error;
  }
  server.listen(0, '127.0.0.1', () => {
    process.send!([(server.address() as AddressInfo).port, grpcPort]);
  });
});
process.on('disconnect', () => process.exit());
