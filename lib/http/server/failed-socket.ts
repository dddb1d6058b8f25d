import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Called with the status that was sent, and with the request where its head was read. */
export type OnNodeAnswer = (status: number, request: IncomingMessage | undefined) => void;

/** The client closed its side in the middle of a request. */
const CLIENT_LEFT = 'HPE_INVALID_EOF_STATE';

const STATUS_LINE = /^HTTP\/1\.\d (\d{3})/;
const STATUS_LINE_LENGTH = 'HTTP/1.1 200'.length;

/** Private properties of a socket that Node serves. There is no public way from a socket to its request. */
interface ServedSocket {
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null;
  readonly _httpMessage?: { readonly req?: IncomingMessage } | null;
}

type Send = (this: Socket, chunk: unknown, ...others: unknown[]) => unknown;

/** A socket on which HTTP failed. It is closed soon, and what is written until then is the answer. */
export class FailedSocket {
  constructor(
    private readonly socket: Socket,
    private readonly error: NodeJS.ErrnoException,
  ) {}

  /** Tells the status of the answer, whether Node, the platform or the application writes it. */
  watch(onAnswer: OnNodeAnswer): void {
    if (!this.spokeHttp()) {
      return;
    }
    const look = (chunk: unknown): void => {
      const status = statusOf(chunk);
      if (status !== undefined) {
        this.tell(status, onAnswer);
      }
    };
    const write = this.socket.write as Send;
    const end = this.socket.end as Send;
    const watchedWrite: Send = function (chunk, ...others) {
      look(chunk);
      return write.call(this, chunk, ...others);
    };
    const watchedEnd: Send = function (chunk, ...others) {
      look(chunk);
      return end.call(this, chunk, ...others);
    };
    Object.assign(this.socket, { write: watchedWrite, end: watchedEnd });
  }

  /** A request whose client left is recorded as such, whatever is still sent. */
  private tell(status: number, onAnswer: OnNodeAnswer): void {
    const request = this.request();
    if (!request || this.error.code !== CLIENT_LEFT) {
      onAnswer(status, request);
    }
  }

  /** False where TLS failed, so that nothing that is written arrives. */
  private spokeHttp(): boolean {
    return Boolean((this.socket as ServedSocket).parser);
  }

  /** The request whose body failed, else the request whose response is now lost. */
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
