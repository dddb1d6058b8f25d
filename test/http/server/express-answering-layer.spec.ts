import { describe, expect, it } from 'vitest';
import { trailOf } from '../../../lib/http/server/express-trail.js';
import { answer, handleError, namesOf, PageFilter, pass, serveWith } from './express-apps.js';
import { EXPRESSES, type Handler, type Next, type Router } from './expresses.js';
import { ask, closeAfterEach, recordedRequests, until } from './harness.js';

describe.each(EXPRESSES)('whose handler answered on %s', (_name, express) => {
  closeAfterEach();

  it('R3 the name is that of the route that answered, whatever matches after it', async () => {
    for (const prefix of [undefined, 'api']) {
      const answerAndPass: Handler = (_request, response, next) => {
        response.send('first');
        next();
      };
      const served = await serveWith(
        express,
        app => {
          app.get('/first/:id', answerAndPass);
          app.use('/mounted', express.Router().get('/:id', answerAndPass));
          app.all('/*rest', pass);
        },
        prefix,
      );
      const base = prefix === undefined ? '' : `/${prefix}`;
      const paths = ['/first/1', '/mounted/1', `${base}/cats/answers-and-passes/2`];
      expect(await namesOf(served, ...paths)).toEqual([
        `200 ${base}/cats/answers-and-passes/:id`,
        '200 /first/:id',
        '200 /mounted/:id',
      ]);
    }
  });

  it('R3 a route that passes its request on leaves it no name', async () => {
    for (const prefix of [undefined, 'api']) {
      const served = await serveWith(
        express,
        app => {
          app.use('/passing', express.Router().get('/:id', pass).use(pass));
          app.all('/*rest', pass);
        },
        prefix,
      );
      const base = prefix === undefined ? '' : `/${prefix}`;
      expect(await namesOf(served, '/passing/1', `${base}/cats/passes/2`, '/none')).toEqual([
        '404  x3',
      ]);
    }
  });

  it('R3 a route that passes its request on, and is the last, leaves it no name', async () => {
    const served = await serveWith(express, () => {}, 'api');
    const app = served.app.getHttpAdapter().getInstance() as Router;
    app.use('/passing', express.Router().get('/:id', pass)).get('/last/:id', pass);
    expect(await namesOf(served, '/passing/1', '/last/2')).toEqual(['404  x2']);
  });

  it('R3 a response that was begun keeps its name when another layer ends it', async () => {
    const begin: Handler = (_request, response, next) => {
      response.write('begun');
      next();
    };
    const served = await serveWith(express, app => {
      app.use('/begun', express.Router().get('/:id', begin));
      app.use((_request, response, next) => (response.headersSent ? response.end() : next()));
    });
    expect(await namesOf(served, '/begun/1')).toEqual(['200 /begun/:id']);
  });

  it('R3 a page in the place of a 404 has the empty name, under a global prefix too', async () => {
    for (const prefix of [undefined, 'api']) {
      const served = await serveWith(express, () => {}, prefix, new PageFilter());
      expect(await namesOf(served, '/api/pages/1', '/api/pages/2')).toEqual(['200  x2']);
    }
  });

  it('R3 a route of another method is no name for HEAD', async () => {
    const served = await serveWith(express, app =>
      app.use('/only', express.Router().post('/:id', answer)),
    );
    await ask(served.port, '/only/1', { method: 'HEAD' });
    expect(await recordedRequests(served, 1)).toEqual(['404 ']);
  });

  it('R3 a failure has the name of the route that failed, whoever answers it', async () => {
    const failing = express
      .Router()
      .get('/sync/:id', () => {
        throw new Error('sync');
      })
      .get('/async/:id', async () => {
        await Promise.resolve();
        throw new Error('async');
      })
      .get('/passed/:id', (_request, _response, next) => next(new Error('passed')));
    const served = await serveWith(express, app => {
      app.use('/failing', failing);
      app.use('/handled', express.Router().use(failing).use(handleError));
    });
    const paths = ['/failing/sync/1', '/failing/async/1', '/failing/passed/1', '/handled/sync/1'];
    expect(await namesOf(served, ...paths)).toEqual([
      '500 /failing/async/:id',
      '500 /failing/passed/:id',
      '500 /failing/sync/:id',
      '502 /handled/sync/:id',
    ]);
  });

  it('R3 a handler that answers late keeps its name', async () => {
    const late: Handler = (_request, response) => {
      setImmediate(() => response.status(203).send('late'));
    };
    const served = await serveWith(express, app => {
      app.use('/late', express.Router().get('/:id', pass, late));
      app.use(pass);
    });
    expect(await namesOf(served, '/late/1')).toEqual(['203 /late/:id']);
  });

  it('R3 requests that wait for each other keep their own names', async () => {
    const waiting: Next[] = [];
    const turn: Handler = (_request, _response, next) => void waiting.push(next);
    const served = await serveWith(express, app => {
      app.use('/one', turn, express.Router().use(turn).get('/:a', turn, answer));
      app.use('/two/:x', turn, express.Router().use(turn).get('/:b', turn, answer));
    });
    const asked = Promise.all([ask(served.port, '/one/1'), ask(served.port, '/two/2/3')]);
    for (let step = 0; step < 3; step += 1) {
      await until(() => waiting.length === 2);
      waiting.splice(0).forEach(next => next());
    }
    await asked;
    expect(await recordedRequests(served, 2)).toEqual(['200 /one/:a', '200 /two/:x/:b']);
  });

  it('R3 a request is followed until it is over, and then let go', async () => {
    const requests: object[] = [];
    const followed: boolean[] = [];
    const served = await serveWith(express, app =>
      app.use((request, _response, next) => {
        requests.push(request);
        followed.push(trailOf(request as never) !== undefined);
        next();
      }),
    );
    await ask(served.port, '/cats/1');
    await recordedRequests(served, 1);
    expect(followed).toEqual([true]);
    expect(requests.map(request => trailOf(request as never))).toEqual([undefined]);
  });
});
