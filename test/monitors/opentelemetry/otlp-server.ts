import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  Server as GrpcServer,
  ServerCredentials,
  status as grpcStatus,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { OTLP_PROTO } from './otlp.proto.js';

export interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

/** A decoded point. 64-bit numbers are strings. */
export interface Point {
  attributes?: Attribute[];
  startTimeUnixNano: string;
  timeUnixNano: string;
  asInt?: string;
  asDouble?: number;
  count?: string;
  sum?: number;
  min?: number;
  max?: number;
  bucketCounts?: string[];
  explicitBounds?: number[];
  scale?: number;
  zeroCount?: string;
  positive?: { offset?: number; bucketCounts?: string[] };
  negative?: { offset?: number; bucketCounts?: string[] };
}

export interface Points {
  dataPoints: Point[];
  aggregationTemporality?: number;
  isMonotonic?: boolean;
}

export interface Metric {
  name: string;
  description?: string;
  unit?: string;
  gauge?: Points;
  sum?: Points;
  histogram?: Points;
  exponentialHistogram?: Points;
}

export interface OtlpRequest {
  resourceMetrics: {
    resource: { attributes: Attribute[] };
    scopeMetrics: { scope: { name: string; version: string }; metrics: Metric[] }[];
  }[];
}

/** What the server says: nothing is success. */
export interface OtlpAnswer {
  /** A number of google.rpc.Code. */
  code?: number;
  message?: string;
  partialSuccess?: { rejectedDataPoints: number; errorMessage: string };
  /** Nothing is said before this has come to pass. */
  after?: Promise<void>;
}

export type OtlpJudge = (request: OtlpRequest) => OtlpAnswer;

/** A server of OTLP, which keeps what it was sent. */
export interface OtlpServer {
  readonly url: string;
  readonly requests: OtlpRequest[];
  readonly headers: Record<string, unknown>[];
  judge: OtlpJudge;
  stop(): Promise<void>;
}

const root = protobuf.parse(OTLP_PROTO).root;
const requestType = root.lookupType('otlp.ExportMetricsServiceRequest');
const responseType = root.lookupType('otlp.ExportMetricsServiceResponse');
const statusType = root.lookupType('otlp.Status');
const INVALID_ARGUMENT = 3;

function plain(message: protobuf.Message): OtlpRequest {
  return requestType.toObject(message, { longs: String }) as OtlpRequest;
}

/** OTLP over HTTP, as protobuf and as JSON. */
export async function startHttpServer(): Promise<OtlpServer> {
  const server = createServer((request, response) => void answerHttp(otlp, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const otlp: OtlpServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`,
    requests: [],
    headers: [],
    judge: () => ({}),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return otlp;
}

async function answerHttp(
  otlp: OtlpServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const isJson = request.headers['content-type'] === 'application/json';
  const message = isJson
    ? requestType.fromObject(JSON.parse(body.toString()) as Record<string, unknown>)
    : requestType.decode(body);
  const decoded = plain(message);
  otlp.requests.push(decoded);
  otlp.headers.push(request.headers);
  const { code, message: text, partialSuccess, after } = otlp.judge(decoded);
  await after;
  const [type, value] =
    code === undefined
      ? [responseType, partialSuccess ? { partialSuccess } : {}]
      : [statusType, { code, message: text }];
  const encoded = type.fromObject(value);
  response.statusCode = code === undefined ? 200 : code === INVALID_ARGUMENT ? 400 : 503;
  response.setHeader('content-type', request.headers['content-type']!);
  response.end(
    isJson
      ? JSON.stringify(type.toObject(encoded, { longs: Number }))
      : type.encode(encoded).finish(),
  );
}

/** OTLP over gRPC. */
export async function startGrpcServer(): Promise<OtlpServer> {
  const server = new GrpcServer();
  const otlp: OtlpServer = {
    url: '',
    requests: [],
    headers: [],
    judge: () => ({}),
    stop: () => Promise.resolve(server.forceShutdown()),
  };
  server.addService(
    {
      Export: {
        path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
        requestStream: false,
        responseStream: false,
        requestDeserialize: (bytes: Buffer) => plain(requestType.decode(bytes)),
        requestSerialize: () => Buffer.alloc(0),
        responseSerialize: (value: object) =>
          Buffer.from(responseType.encode(responseType.fromObject(value)).finish()),
        responseDeserialize: () => ({}),
      },
    },
    {
      Export: (call: ServerUnaryCall<OtlpRequest, object>, reply: sendUnaryData<object>) =>
        void answerGrpc(otlp, call, reply),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return Object.assign(otlp, { url: `http://127.0.0.1:${port}` });
}

async function answerGrpc(
  otlp: OtlpServer,
  { request, metadata }: ServerUnaryCall<OtlpRequest, object>,
  reply: sendUnaryData<object>,
): Promise<void> {
  otlp.requests.push(request);
  otlp.headers.push(metadata.getMap());
  const { code, message, partialSuccess, after } = otlp.judge(request);
  await after;
  if (code === undefined) {
    reply(null, partialSuccess ? { partialSuccess } : {});
  } else {
    reply({ code: code as grpcStatus, details: message ?? '' });
  }
}

/** Attributes as an object. */
export function attributesOf(attributes: Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
