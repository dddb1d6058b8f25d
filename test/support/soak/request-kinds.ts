/** A kind of request, what must come of it, and what counts it. */
export interface Kind {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly status: number;
  readonly bodyHas: string;
  /** Which HTTP metrics count it, and no other kind. */
  readonly fields: Readonly<Record<string, string | number>>;
  /** The handler that counts it in `soak/handled`; left out where none does. */
  readonly handler?: string;
  /** The client hangs up before it is answered. */
  readonly leaves?: true;
}

const ORDERED = 3;

const ANSWERED: readonly Kind[] = [
  handled('item', '/items/lamp', 'This is lamp.', '/items/:name'),
  {
    method: 'POST',
    path: '/orders',
    body: `{"quantity":${ORDERED}}`,
    status: 201,
    bodyHas: `"quantity":${ORDERED}`,
    fields: { name: '/orders', status: 201 },
    handler: 'order',
  },
  handled('file', '/file', 'all work and no play'),
  handled('raw', '/raw', 'raw'),
  handled('events', '/events', 'data: two'),
  { ...handled('unavailable', '/unavailable', 'Service Unavailable'), ...failed(503) },
  { ...unhandled('/guarded', 'Forbidden resource'), ...failed(403) },
  { ...unhandled('/nowhere', 'Cannot GET'), ...failed(404) },
  {
    ...unhandled('/orders', '"statusCode":400'),
    ...failed(400),
    method: 'POST',
    body: '{"quantity',
  },
];
const LEFT: Kind = { ...unhandled('/left', ''), fields: { name: '/left' }, leaves: true };

/** Clients send these kinds in this order, again and again. */
export const KINDS: readonly Kind[] = [...ANSWERED, ...ANSWERED, LEFT];

function handled(handler: string, path: string, bodyHas: string, name = path): Kind {
  return { ...unhandled(path, bodyHas), fields: { name, status: 200 }, handler };
}

function unhandled(path: string, bodyHas: string): Omit<Kind, 'handler'> {
  return { method: 'GET', path, status: 200, bodyHas, fields: { name: path, status: 200 } };
}

/** The status that only one kind has. */
function failed(status: number): Pick<Kind, 'status' | 'fields'> {
  return { status, fields: { status } };
}
