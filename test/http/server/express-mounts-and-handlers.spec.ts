import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { answer, namesOf, pass, serveWith } from './express-apps.js';
import { EXPRESSES, type Handler, type Router } from './expresses.js';
import { ask, closeAfterEach, recordedRequests } from './harness.js';

describe.each(EXPRESSES)('templates of routes on %s', (_name, express) => {
  closeAfterEach();

  describe('an application that is mounted in another', () => {
    /** The names of `/users/:id` in an application that is mounted by `mount`, and asked for by each base path. */
    async function namesBelow(
      mount: (outer: Router, app: Router) => void,
      ...bases: string[]
    ): Promise<string[]> {
      const served = await serveWith(express, app =>
        app.use('/users', express.Router().get('/:id', answer)),
      );
      const outer = express();
      mount(outer, served.app.getHttpAdapter().getInstance());
      const server = createServer(outer as unknown as RequestListener).listen(0, '127.0.0.1');
      await once(server, 'listening');
      for (const base of bases) {
        await ask((server.address() as { port: number }).port, `${base}/users/1`);
      }
      server.closeAllConnections();
      server.close();
      return recordedRequests(served, bases.length);
    }

    it('R3 has the pattern of its mount in its names', async () => {
      expect(await namesBelow((outer, app) => outer.use('/api/', app), '/api', '/API')).toEqual([
        '200 /api/users/:id x2',
      ]);
      expect(await namesBelow((outer, app) => outer.use('/t/:tenant', app), '/T/42')).toEqual([
        '200 /t/:tenant/users/:id',
      ]);
      expect(await namesBelow((outer, app) => outer.use(app), '')).toEqual(['200 /users/:id']);
    });

    it('R3 has the patterns of all applications around it', async () => {
      const mount = (outer: Router, app: Router): Router =>
        outer.use('/v:major', express().use('/', express().use('/shop', app)));
      expect(await namesBelow(mount, '/v1/shop')).toEqual(['200 /*/users/:id']);
      const usual = (outer: Router, app: Router): Router =>
        outer.use('/v1', express().use('/', express().use('/:shop', app)));
      expect(await namesBelow(usual, '/v1/lamps')).toEqual(['200 /v1/:shop/users/:id']);
    });

    it('R3 has an asterisk where Express does not remember the mount', async () => {
      const byRouter = (outer: Router, app: Router): Router =>
        outer.use('/deep', express.Router().use('/er', app));
      expect(await namesBelow(byRouter, '/deep/er')).toEqual(['200 /*/users/:id']);
      const byArray = (outer: Router, app: Router): Router => outer.use(['/x', '/y'], app);
      expect(await namesBelow(byArray, '/x', '/y')).toEqual(['200 /*/users/:id x2']);
      const twice = (outer: Router, app: Router): Router => outer.use('/one', app).use('/two', app);
      expect(await namesBelow(twice, '/one', '/two')).toEqual([
        '200 /*/users/:id',
        '200 /two/users/:id',
      ]);
    });
  });

  describe('handlers without a route', () => {
    it('R3 a mounted handler that answers has the pattern of its mount', async () => {
      const served = await serveWith(express, app => {
        app.use('/graphql', answer);
        app.use('/t/:tenant/graphql', pass, answer);
      });
      const paths = ['/graphql', '/GraphQL/?query=x', '/t/1/graphql', '/t/2/graphql/sub'];
      expect(await namesOf(served, ...paths)).toEqual([
        '200 /graphql x2',
        '200 /t/:tenant/graphql x2',
      ]);
    });

    it('R3 files of a mounted folder have one name, and those that do not exist have none', async () => {
      const folder = dirname(fileURLToPath(import.meta.url));
      const served = await serveWith(express, app => {
        app.use('/assets', express.static(folder));
        app.use('/strict', express.static(folder, { fallthrough: false }));
      });
      const paths = ['/assets/cats.ts', '/assets/items.ts', '/assets/no-1', '/strict/no-2'];
      expect(await namesOf(served, ...paths)).toEqual(['200 /assets x2', '404  x2']);
    });

    it('R3 a middleware for all paths that answers has the empty name', async () => {
      const refuse: Handler = (request, response, next) =>
        request.url.startsWith('/secret') ? response.status(401).send('no') : next();
      const served = await serveWith(express, app => app.use(refuse));
      expect(await namesOf(served, '/secret/1', '/secret/2', '/cats/1')).toEqual([
        '200 /cats/:id',
        '401  x2',
      ]);
    });

    it('R3 a middleware that Nest mounts for all routes has the empty name', async () => {
      const served = await serveWith(express, () => {});
      expect(await namesOf(served, '/cats/forbidden', '/forbidden/1')).toEqual(['403  x2']);
    });

    it('R3 a middleware of a router that refuses has the mount of the router', async () => {
      const guarded = express
        .Router()
        .use((_request, response) => response.status(401).send('no'))
        .get('/:id', answer);
      const served = await serveWith(express, app => app.use('/guarded', guarded));
      expect(await namesOf(served, '/guarded/1', '/guarded/2')).toEqual(['401 /guarded x2']);
    });
  });
});
