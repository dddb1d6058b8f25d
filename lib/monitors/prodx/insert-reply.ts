/** A `google.rpc.Status`, without its details. */
export interface ReplyStatus {
  /** 0 is OK. */
  readonly code: number;
  readonly message: string;
}

type Value = bigint | Uint8Array;

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;
const MOST_BITS = 70n;

/**
 * The status in a `MonitoringInsertResponse`; OK where there is none.
 *
 * @throws RangeError when the bytes are no such message.
 */
export function replyStatus(reply: Uint8Array): ReplyStatus {
  const status = { code: 0, message: '' };
  for (const [field, value] of fieldsOf(reply)) {
    if (field === 1n) {
      readStatus(bytesOf(value), status);
    }
  }
  return status;
}

function readStatus(bytes: Uint8Array, status: { code: number; message: string }): void {
  for (const [field, value] of fieldsOf(bytes)) {
    if (field === 1n) {
      status.code = int32Of(value);
    } else if (field === 2n) {
      status.message = new TextDecoder().decode(bytesOf(value));
    }
  }
}

/** The fields of a message: their numbers, and their values as they are on the wire. */
function* fieldsOf(bytes: Uint8Array): Generator<[field: bigint, value: Value]> {
  const rest = new Rest(bytes);
  while (!rest.isEmpty) {
    const tag = rest.varint();
    const wireType = Number(tag & 7n);
    yield [tag >> 3n, rest.value(wireType)];
  }
}

/** What is not yet read of a message. */
class Rest {
  private position = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isEmpty(): boolean {
    return this.position === this.bytes.length;
  }

  value(wireType: number): Value {
    switch (wireType) {
      case VARINT:
        return this.varint();
      case FIXED_64:
        return this.take(8);
      case DELIMITED:
        return this.take(Number(this.varint()));
      case FIXED_32:
        return this.take(4);
      default:
        throw new RangeError(`it has the unknown wire type ${wireType}`);
    }
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < MOST_BITS; shift += 7n) {
      const byte = this.take(1)[0]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    throw new RangeError('a number in it does not end');
  }

  private take(length: number): Uint8Array {
    const start = this.position;
    if (length > this.bytes.length - start) {
      throw new RangeError('it ends too early');
    }
    this.position += length;
    return this.bytes.subarray(start, this.position);
  }
}

function bytesOf(value: Value): Uint8Array {
  if (typeof value === 'bigint') {
    throw new RangeError('it has a number where bytes belong');
  }
  return value;
}

function int32Of(value: Value): number {
  if (typeof value !== 'bigint') {
    throw new RangeError('it has bytes where a number belongs');
  }
  return Number(BigInt.asIntN(32, value));
}
