import { Controller, Get, UseInterceptors } from '@nestjs/common';
import {
  Args,
  Field,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { of, Subject, throwError, type Observable } from 'rxjs';
import { SkipMetrics, TrackMetric, TsmonInterceptor } from '../../lib/entry/index.js';
import { TRACKED } from './transports.js';

/** What `watch` and the subscriptions send. Each test sets its own. */
export const feed = { items: new Subject<number>() };

@Controller()
export class MeasuredController {
  @Get('order')
  orderByHttp(): string {
    return 'by http';
  }

  @MessagePattern('order')
  order(name: string): string {
    return name;
  }

  @MessagePattern({ cmd: 'list', of: 'items' })
  list(): Observable<number> {
    return of(1, 2);
  }

  @MessagePattern(['fail', 'fail.again'])
  @TrackMetric('measured', { registry: TRACKED })
  fail(): Observable<never> {
    return throwError(() => new Error('failed'));
  }

  @MessagePattern('watch')
  watch(): Observable<number> {
    return feed.items;
  }

  @MessagePattern('hidden')
  @SkipMetrics()
  hidden(): string {
    return 'hidden';
  }

  @EventPattern('ordered')
  ordered(_name: string): void {}
}

@WebSocketGateway()
@UseInterceptors(TsmonInterceptor)
export class MeasuredGateway {
  @SubscribeMessage('order')
  order(): object {
    return { event: 'ordered', data: 'by ws' };
  }

  @SubscribeMessage('list')
  list(): Observable<object> {
    return of({ event: 'item', data: 1 }, { event: 'item', data: 2 });
  }

  @SubscribeMessage('fail')
  fail(): never {
    throw new Error('failed');
  }

  @SubscribeMessage('hidden')
  @SkipMetrics()
  hidden(): object {
    return { event: 'hidden', data: 'hidden' };
  }
}

@ObjectType()
export class User {
  @Field()
  name!: string;
}

@Resolver(() => User)
export class MeasuredResolver {
  @Query(() => User)
  user(): User {
    return { name: 'Ada' };
  }

  @Query(() => User)
  fail(): User {
    throw new Error('failed');
  }

  @Query(() => User)
  @SkipMetrics()
  hidden(): User {
    return { name: 'nobody' };
  }

  @Mutation(() => User)
  rename(@Args('name') name: string): User {
    return { name };
  }

  @ResolveField(() => User)
  friend(@Parent() { name }: User): User {
    return { name: `friend of ${name}` };
  }

  @Subscription(() => Number, { resolve: (item: number) => item })
  @TrackMetric('subscribed', { registry: TRACKED })
  items(): AsyncIterable<number> {
    return itemsOf(feed.items);
  }
}

/** Ends with the Observable, and leaves it when the client has left. */
function itemsOf(source: Subject<number>): AsyncIterable<number> {
  const queue: IteratorResult<number>[] = [];
  let wake: ((result: IteratorResult<number>) => void) | undefined;
  const put = (result: IteratorResult<number>): void => {
    if (wake) {
      wake(result);
      wake = undefined;
    } else {
      queue.push(result);
    }
  };
  const end = (): void => put({ done: true, value: undefined });
  const subscription = source.subscribe({ next: value => put({ value }), complete: end });
  const iterator: AsyncIterableIterator<number> = {
    next: async () => queue.shift() ?? new Promise(resolve => (wake = resolve)),
    return: async () => {
      subscription.unsubscribe();
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
