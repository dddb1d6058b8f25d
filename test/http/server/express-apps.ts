import {
  Catch,
  Controller,
  Get,
  Module,
  Next,
  NotFoundException,
  Param,
  Res,
  type ArgumentsHost,
  type ExceptionFilter,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { ErrorHandler, Express, Handler, Response, Router } from './expresses.js';
import { ask, recordedRequests, serve, type Served } from './harness.js';

export const answer: Handler = (_request, response) => response.status(200).send('ok');
export const handleError: ErrorHandler = (_error, _request, response, _next) =>
  response.status(502).send('handled');
export const pass: Handler = (_request, _response, next) => next();

@Controller('cats')
class CatsController {
  @Get('answers-and-passes/:id')
  answersAndPasses(@Res() response: { send(body: string): void }, @Next() next: () => void): void {
    response.send('answered');
    next();
  }

  @Get('passes/:id')
  passes(@Next() next: () => void): void {
    next();
  }

  @Get(':id')
  cat(@Param('id') id: string): string {
    return id;
  }
}

/** A middleware for all routes. */
@Module({})
class RefusingModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    const refuse: Handler = (request, response, next) =>
      request.originalUrl.includes('forbidden') ? response.status(403).send('no') : next();
    consumer.apply(refuse).forRoutes('{*everything}');
  }
}

/** As single-page applications answer what matches nothing. */
@Catch(NotFoundException)
export class PageFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().status(200).send('page');
  }
}

/** The application with what `mount` mounts before it. */
export const serveWith = (
  express: Express,
  mount: (app: Router) => void,
  prefix?: string,
  ...filters: ExceptionFilter[]
): Promise<Served> => {
  const instance = express();
  return serve('express', {
    controllers: [CatsController],
    imports: [RefusingModule],
    adapter: new ExpressAdapter(instance),
    configure: app => {
      app.useGlobalFilters(...filters);
      if (prefix !== undefined) {
        app.setGlobalPrefix(prefix);
      }
      mount(instance);
    },
  });
};

/** Asks for the paths one after the other, and gives what is recorded of them. */
export const namesOf = async (served: Served, ...paths: string[]): Promise<string[]> => {
  for (const path of paths) {
    await ask(served.port, path);
  }
  return recordedRequests(served, paths.length);
};
