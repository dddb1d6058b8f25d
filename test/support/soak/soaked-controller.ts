import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Body,
  Controller,
  Get,
  Injectable,
  Param,
  Post,
  Res,
  ServiceUnavailableException,
  Sse,
  StreamableFile,
  UseGuards,
  type CanActivate,
} from '@nestjs/common';
import { Counter, CumulativeDistribution, SkipMetrics } from 'nestjs-tsmon';
import { of, type Observable } from 'rxjs';

const handled = new Counter('soak/handled', {
  description: 'Requests that came as far as their handler.',
  fields: { handler: 'string' },
});
const quantities = new CumulativeDistribution('soak/quantities', {
  description: 'Quantities of orders.',
});

export const FILE_TEXT = 'all work and no play '.repeat(3000);
const LEFT_AFTER_MS = 20;

@Injectable()
class ClosedDoor implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** Routes of every kind, which count their calls. */
@Controller()
export class SoakedController {
  @Get('items/:name')
  item(@Param('name') name: string): string {
    handled.add(1, { handler: 'item' });
    return `This is ${name}.`;
  }

  @Post('orders')
  order(@Body() { quantity }: { quantity: number }): { quantity: number } {
    handled.add(1, { handler: 'order' });
    quantities.add(quantity);
    return { quantity };
  }

  @Get('unavailable')
  unavailable(): never {
    handled.add(1, { handler: 'unavailable' });
    throw new ServiceUnavailableException();
  }

  @Get('guarded')
  @UseGuards(ClosedDoor)
  guarded(): string {
    return 'Nobody gets here.';
  }

  @Get('file')
  file(): StreamableFile {
    handled.add(1, { handler: 'file' });
    return new StreamableFile(Readable.from([Buffer.from(FILE_TEXT)]));
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    handled.add(1, { handler: 'events' });
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('raw')
  raw(@Res() response: { send(body: string): void }): void {
    handled.add(1, { handler: 'raw' });
    response.send('raw');
  }

  /** A route whose clients hang up before it answers. */
  @Get('left')
  async left(): Promise<string> {
    await sleep(LEFT_AFTER_MS);
    return 'Nobody reads this.';
  }

  /** A route that the application's own callbacks request. */
  @Get('self')
  @SkipMetrics()
  self(): string {
    return 'It is me.';
  }
}
