import { ProdXServer } from '../../monitors/prodx/prodx-server.js';
import { reply, type Collection, type Message } from '../../monitors/prodx/messages.js';
import type { Payload, ReceivedCell } from '../receiver.js';

/** What the receiver does with a call. */
export type ReceiverFault =
  | 'none'
  /** Accepts the cells, and never answers. */
  | 'silent'
  /** Accepts the cells, and answers with garbage. */
  | 'unreadable'
  /** Refuses the cells by its reply. */
  | 'status'
  /** Refuses the cells by the status of the call. */
  | 'error';

const TAKES: ReadonlySet<ReceiverFault> = new Set(['none', 'silent', 'unreadable']);
const RESOURCE_EXHAUSTED = 8;
const INTERNAL = 13;
const PREFIX = '/chrome/infra/';
/** Labels that all targets share. */
const NO_IDENTITY: ReadonlySet<unknown> = new Set([
  'proxy_environment',
  'acquisition_name',
  'proxy_zone',
  'is_tsmon',
]);

/** The ProdX of a test. It keeps all cells that it accepts. */
export class SoakedReceiver {
  fault: ReceiverFault = 'none';
  /** The accepted cells, in the order of arrival. */
  readonly payloads: Payload[] = [];

  private constructor(private readonly server: ProdXServer) {
    server.answer = callback => {
      const { fault } = this;
      if (TAKES.has(fault)) {
        this.payloads.push(payloadOf(server.received.at(-1)!.collections));
      }
      switch (fault) {
        case 'none':
          return callback(null, reply());
        case 'unreadable':
          return callback(null, Buffer.from('\u0000 this is no message \u00ff', 'latin1'));
        case 'status':
          return callback(null, reply({ code: INTERNAL, message: 'A bad moment.' }));
        case 'error':
          return callback({ code: RESOURCE_EXHAUSTED, details: 'A bad moment.' });
        case 'silent':
      }
    };
  }

  static async start(): Promise<SoakedReceiver> {
    return new SoakedReceiver(await ProdXServer.start());
  }

  get port(): number {
    return this.server.port;
  }

  /** The number of calls, whatever their outcome. */
  get calls(): number {
    return this.server.received.length;
  }

  stop(): void {
    this.server.stop();
  }
}

function payloadOf(collections: readonly Collection[]): Payload {
  const cells = collections.flatMap(cellsOf);
  const [first] = collections.flatMap(({ metrics_data_set: sets }) => sets);
  return { sender: 'soak', endTime: microsOf(first?.data[0]?.end_timestamp) ?? 0, cells };
}

function cellsOf({ metrics_data_set: sets, root_labels: labels }: Collection): ReceivedCell[] {
  const target = Object.fromEntries(namedValues(labels).filter(([key]) => !NO_IDENTITY.has(key)));
  return sets.flatMap(({ metric_name: name, stream_kind: kind, data }) =>
    data.map(one => {
      const isCumulative = kind === 'CUMULATIVE';
      const startTime = isCumulative ? microsOf(one.start_timestamp) : undefined;
      return {
        target: target as ReceivedCell['target'],
        metric: name.slice(PREFIX.length),
        cumulative: isCumulative,
        fields: Object.fromEntries(namedValues((one.field ?? []) as Message[])),
        ...(startTime !== undefined && { startTime }),
        value: valueOf(one),
      };
    }),
  );
}

function namedValues(named: readonly Message[]): [string, string | number | boolean][] {
  return named.map(one => [String(one.key ?? one.name), valueOf(one) as string]);
}

function valueOf(message: Message): unknown {
  const { distribution_value: distribution, int64_value: int } = message;
  if (distribution !== undefined) {
    return { count: Number((distribution as Message).count ?? 0) };
  }
  return int === undefined
    ? (message.string_value ?? message.bool_value ?? message.double_value)
    : Number(int);
}

function microsOf(timestamp: unknown): number | undefined {
  if (timestamp === undefined) {
    return undefined;
  }
  const { seconds = 0, nanos = 0 } = timestamp as { seconds?: string; nanos?: number };
  return Number(seconds) * 1e6 + Math.round(nanos / 1000);
}
