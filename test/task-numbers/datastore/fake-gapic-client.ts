import type {
  GapicClient,
  ProtoCommitReply,
  ProtoCommitRequest,
  ProtoLookupReply,
  ProtoLookupRequest,
  ProtoQueryReply,
  ProtoQueryRequest,
} from '../../../lib/task-numbers/datastore/proto.js';

/** Who asks more often goes round in circles. */
const ENOUGH = 100;

/** Answers as it is told, and keeps what it was asked. What no emulator says can be said by it. */
export class FakeGapicClient implements GapicClient {
  readonly lookups: ProtoLookupRequest[] = [];
  readonly queries: ProtoQueryRequest[] = [];
  readonly commits: ProtoCommitRequest[] = [];
  /** One for each call; the last one stays. */
  lookupReplies: (ProtoLookupReply | Error)[] = [];
  queryReplies: (ProtoQueryReply | Error)[] = [];
  commitReplies: (ProtoCommitReply | Error)[] = [];
  clients = 0;
  closed = 0;

  async initialize(): Promise<void> {
    this.clients++;
  }

  async lookup(request: ProtoLookupRequest): Promise<[ProtoLookupReply]> {
    this.lookups.push(request);
    return [next(this.lookupReplies)];
  }

  async runQuery(request: ProtoQueryRequest): Promise<[ProtoQueryReply]> {
    this.queries.push(request);
    if (this.queries.length > ENOUGH) {
      throw new Error('asked too often');
    }
    return [next(this.queryReplies)];
  }

  async commit(request: ProtoCommitRequest): Promise<[ProtoCommitReply]> {
    this.commits.push(request);
    return [next(this.commitReplies)];
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

function next<T>(replies: (T | Error)[]): T {
  const reply = replies.length > 1 ? replies.shift() : replies[0];
  if (reply === undefined || reply instanceof Error) {
    throw reply ?? new Error('the fake was told nothing');
  }
  return reply;
}
