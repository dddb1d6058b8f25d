import { fileURLToPath } from 'node:url';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Catch, Controller, NotFoundException, type ExceptionFilter } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall, GrpcStreamMethod, RpcException } from '@nestjs/microservices';
import { concat, map, NEVER, of, throwError, type Observable } from 'rxjs';
import { SkipMetrics } from '../../lib/entry/index.js';

export const SHOP_PROTO = fileURLToPath(new URL('shop.proto', import.meta.url));

export interface Item {
  readonly name: string;
}

export const NOT_FOUND = 5;
export const ABORTED = 10;
const DATA_LOSS = 15;

/** Does what the name of the item says. */
@Controller()
export class GrpcShop {
  /** How many calls of `order` wait for ever. */
  static waiting = 0;

  @GrpcMethod('Shop')
  order(item: Item): Item | Promise<Item> {
    switch (item.name) {
      case 'aborted':
        throw new RpcException({ code: ABORTED, message: 'aborted' });
      case 'not found':
        throw new NotFoundException();
      case 'unknown':
        throw new Error('unknown');
      case 'never':
        GrpcShop.waiting += 1;
        return new Promise(() => {});
      default:
        return item;
    }
  }

  @GrpcMethod('Shop')
  list(item: Item): Observable<Item> {
    const failed = throwError(() => new RpcException({ code: DATA_LOSS, message: 'lost' }));
    const end = { endless: NEVER, 'data loss': failed }[item.name] ?? of(item);
    return concat(of(item), end);
  }

  @GrpcStreamMethod('Shop')
  chat(items: Observable<Item>): Observable<Item> {
    return items.pipe(map(item => item));
  }

  @GrpcStreamCall('Shop')
  raw(call: ServerDuplexStream<Item, Item>): void {
    call.on('data', (item: Item) => {
      call.write(item);
      call.end();
    });
  }

  @GrpcMethod('Shop')
  @SkipMetrics()
  hidden(item: Item): Item {
    return item;
  }
}

/** What many applications have, so that their services need not know of gRPC. */
@Catch(NotFoundException)
export class NotFoundFilter implements ExceptionFilter {
  catch(): Observable<never> {
    return throwError(() => ({ code: NOT_FOUND, message: 'no such item' }));
  }
}
