import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Receives the status that was sent, and the request if its head was read. */
export type OnNodeAnswer = (status: number, request: IncomingMessage | undefined) => void;

/** The error code if the client closed its side during a request. */
const CLIENT_LEFT = 'HPE_INVALID_EOF_STATE';

const STATUS_LINE = /^HTTP\/1\.\d (\d{3})/;
const STATUS_LINE_LENGTH = 'HTTP/1.1 200'.length;

/** Private properties of a served socket. Node has no public way from a socket to its request. */
interface ServedSocket {
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null;
  readonly _httpMessage?: { readonly req?: IncomingMessage } | null;
}

type Send = (this: Socket, chunk: unknown, ...others: unknown[]) => unknown;

/** A socket on which HTTP failed. Anything written to the socket before it closes is the answer. */
export class FailedSocket {
  constructor(
    private readonly socket: Socket,
    private readonly error: NodeJS.ErrnoException,
  ) {}

  /** Reports the status of the answer, which Node, the platform or the application may write. */
  watch(onAnswer: OnNodeAnswer): void {
    if (!this.speaksHttp()) {
      return;
    }
    const reportStatus = (chunk: unknown): void => {
      const status = statusOf(chunk);
      if (status !== undefined) {
        this.report(status, onAnswer);
      }
    };
    const write = this.socket.write as Send;
    const end = this.socket.end as Send;
    const watchedWrite: Send = function (chunk, ...others) {
      reportStatus(chunk);
      return write.call(this, chunk, ...others);
    };
    const watchedEnd: Send = function (chunk, ...others) {
      reportStatus(chunk);
      return end.call(this, chunk, ...others);
    };
    Object.assign(this.socket, { write: watchedWrite, end: watchedEnd });
  }

  /** Reports the status, unless the client left: its exchange then records 499. */
  private report(status: number, onAnswer: OnNodeAnswer): void {
    const request = this.request();
    if (!request || this.error.code !== CLIENT_LEFT) {
      onAnswer(status, request);
    }
  }

  /** Whether the socket spoke HTTP. After a failed TLS handshake no answer arrives. */
  private speaksHttp(): boolean {
    return Boolean((this.socket as ServedSocket).parser);
  }

  /** Returns the request whose body failed, or else the request whose response is lost. */
  private request(): IncomingMessage | undefined {
    const { parser, _httpMessage: response } = this.socket as ServedSocket;
    const received = parser?.incoming;
    return received && !received.complete ? received : response?.req;
  }
}

function statusOf(chunk: unknown): number | undefined {
  const head =
    chunk instanceof Uint8Array
      ? Buffer.from(chunk.subarray(0, STATUS_LINE_LENGTH)).toString('latin1')
      : chunk;
  const [, status] = (typeof head === 'string' && STATUS_LINE.exec(head)) || [];
  return status === undefined ? undefined : Number(status);
}
