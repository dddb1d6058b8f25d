import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type RequestListener } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { answer, namesOf, pass, serveWith } from './express-apps.js';
import { EXPRESSES, type Handler, type Router } from './expresses.js';
import { ask, closeAfterEach, recordedRequests } from './harness.js';

it('the two copies of Express use different versions of the package "router"', () => {
  const version = (from: string): string => {
    const require = createRequire(createRequire(import.meta.url).resolve(from));
    const folder = dirname(require.resolve('router'));
    return (require(`${folder}/package.json`) as { version: string }).version.slice(0, 3);
  };
  expect([version('express'), version('express-5.2')]).toEqual(['2.3', '2.2']);
});

describe.each(EXPRESSES)('templates of routes on %s', (_name, express) => {
  closeAfterEach();

  describe('mount patterns', () => {
    it('R3 two routers with the same routes have different names', async () => {
      const users = express.Router().get('/:id', answer);
      const queues = express.Router().get('/:id', answer);
      const served = await serveWith(express, app => {
        app.use('/users', users);
        app.use('/admin/queues', queues);
      });
      expect(await namesOf(served, '/users/1', '/users/2', '/admin/queues/3', '/cats/4')).toEqual([
        '200 /admin/queues/:id',
        '200 /cats/:id',
        '200 /users/:id x2',
      ]);
    });

    it('R3 names hold the pattern of a mount, not what the client wrote', async () => {
      const routes = express.Router({ mergeParams: true }).get('/x/:b', answer);
      const served = await serveWith(express, app => {
        app.use('/users', routes);
        app.use('/t/:tenant', routes);
        app.use('/v:major/a-:minor', routes);
        app.use('/files/*where', express.Router().get('/', answer));
      });
      const paths = [
        '/USERS/x/1',
        '/t/42/x/1',
        '/T/43%20%2F/X/1',
        '/t/%41%42/x/1?tenant=44',
        '/v7/a-q/x/2',
        '/V_/A-~~/x/2',
        '/files/some/where',
      ];
      expect(await namesOf(served, ...paths)).toEqual([
        '200 /files/*where',
        '200 /t/:tenant/x/:b x3',
        '200 /users/x/:b',
        '200 /v:major/a-:minor/x/:b x2',
      ]);
    });

    it('R3 routers in routers have the patterns of all of them, also where one is mounted twice', async () => {
      const leaf = express.Router().get('/leaf/:c', answer).get('/', answer);
      const middle = express.Router().use('/m/:b', leaf);
      const served = await serveWith(express, app => {
        app.use('/one/:a', middle);
        app.use('/two', middle, leaf);
        app.use(middle);
      });
      const paths = [
        '/one/x/m/y/leaf/z',
        '/two/m/y/leaf/z',
        '/two/leaf/z',
        '/two/',
        '/two',
        '/m/y/leaf/z',
        '/m/y/',
      ];
      expect(await namesOf(served, ...paths)).toEqual([
        '200 /m/:b',
        '200 /m/:b/leaf/:c',
        '200 /one/:a/m/:b/leaf/:c',
        '200 /two x2',
        '200 /two/leaf/:c',
        '200 /two/m/:b/leaf/:c',
      ]);
    });

    it('R3 a router that is mounted in itself has a few names, however deep a client goes', async () => {
      const replies = express.Router().get('/', answer);
      const thread = express.Router().use('/replies', replies);
      replies.use('/:reply', thread);
      thread.use('/in/:place', thread).get('/:id', answer);
      const served = await serveWith(express, app => app.use('/thread', thread));
      const paths = ['/thread/1', '/thread/in/1/2', '/thread/in/1/in/2/in/3/4', '/thread/replies'];
      const deeper = ['/thread/replies/1/replies', '/thread/replies/1/replies/2/replies/3/4'];
      expect(await namesOf(served, ...paths, ...deeper)).toEqual([
        '200 /thread/:id',
        '200 /thread/in/:place/:id x2',
        '200 /thread/replies x2',
        '200 /thread/replies/:reply/:id',
      ]);
    });

    it('R3 applications in the application have their mount paths', async () => {
      const inner = express().get('/i/:id', answer);
      const outer = express().use('/inner', inner).get('/', answer);
      const served = await serveWith(express, app => app.use('/outer', outer));
      expect(await namesOf(served, '/outer/inner/i/1', '/Outer/')).toEqual([
        '200 /outer',
        '200 /outer/inner/i/:id',
      ]);
    });

    it('R3 of several patterns the name holds the one that matched', async () => {
      const routes = express.Router().get(['/r', '/s/:id', /^\/q\d+$/], answer);
      const served = await serveWith(express, app => app.use(['/a', '/b/:x', /^\/zz\d/], routes));
      const paths = ['/a/r', '/A/s/7', '/b/9/r', '/b/8/S/1?x', '/zz1/r', '/zz2/r', '/a/q42'];
      expect(await namesOf(served, ...paths)).toEqual([
        '200 /*/r x2',
        '200 /a/*',
        '200 /a/r',
        '200 /a/s/:id',
        '200 /b/:x/r',
        '200 /b/:x/s/:id',
      ]);
    });

    it('R3 absolute URLs and fragments change no name', async () => {
      const routes = express.Router().get(['/r', '/s/:id'], answer);
      const served = await serveWith(express, app => app.use(['/a', '/b/:x'], routes));
      const paths = ['http://shop/a/r', 'http://shop/B/9/S/1?q', '/a/s/7#part', '/a/r?#'];
      expect(await namesOf(served, ...paths)).toEqual([
        '200 /a/r x2',
        '200 /a/s/:id',
        '200 /b/:x/s/:id',
      ]);
    });

    it('R3 a first path that is very long decides no name for the others', async () => {
      const routes = express.Router().get('/:id', answer);
      const served = await serveWith(express, app => app.use('/t/:tenant', routes));
      await ask(served.port, `/t/${'x'.repeat(300)}/1`);
      await ask(served.port, '/t/42/2');
      expect(await recordedRequests(served, 2)).toContainEqual(
        expect.stringMatching(/^200 \/t\/:tenant\/:id/),
      );
    });

    it('R3 a mount by a RegExp is an asterisk', async () => {
      const routes = express.Router().get('/:id', answer);
      const served = await serveWith(express, app => app.use(/^\/t\d+/, routes));
      expect(await namesOf(served, '/t42/x', '/t43/y')).toEqual(['200 /*/:id x2']);
    });

    it('R3 a mount at the root adds nothing, nor does a slash at the end', async () => {
      const routes = express.Router().get('/page/:id', answer).get('/', answer);
      const served = await serveWith(express, app => {
        app.use('/slash/', routes);
        app.use('/', routes);
      });
      expect(await namesOf(served, '/slash/page/1', '/slash', '/page/1', '/')).toEqual([
        '200 /',
        '200 /page/:id',
        '200 /slash',
        '200 /slash/page/:id',
      ]);
    });

    it('R3 a router as the handler of a route sees whole paths, and names have no part twice', async () => {
      const whole = express.Router().get('/whole/:id', answer);
      const served = await serveWith(express, app => app.get('/whole/*rest', whole));
      expect(await namesOf(served, '/whole/1')).toEqual(['200 /whole/:id']);
    });

    it('R3 mounts below the global prefix have their whole names', async () => {
      const served = await serveWith(
        express,
        app => app.use('/api/mounted', express.Router().get('/:id', answer)),
        'api',
      );
      expect(await namesOf(served, '/api/mounted/1', '/api/cats/1', '/api/no')).toEqual([
        '200 /api/cats/:id',
        '200 /api/mounted/:id',
        '404 ',
      ]);
    });

    it('R3 routers made for a single request are named, and not kept', async () => {
      const served = await serveWith(express, app =>
        app.use('/made', (request, response, next) =>
          express.Router().get('/:id', answer)(request, response, next),
        ),
      );
      expect(await namesOf(served, '/made/1', '/made/2')).toEqual(['200 /made/:id x2']);
    });

    it('R3 an application that another server calls names its mounts too', async () => {
      const served = await serveWith(express, app =>
        app.use('/users', express.Router().get('/:id', answer)),
      );
      const foreign = createServer(served.app.getHttpAdapter().getInstance()).listen(
        0,
        '127.0.0.1',
      );
      await once(foreign, 'listening');
      await ask((foreign.address() as { port: number }).port, '/USERS/1');
      expect(await recordedRequests(served, 1)).toEqual(['200 /users/:id']);
      foreign.closeAllConnections();
      foreign.close();
    });
  });

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

  it('routers are watched once, however many applications there are', async () => {
    const layers = express.Router().get('/', pass) as unknown as { stack: [object] };
    const handler = (): unknown => Reflect.get(layers.stack[0], 'handleRequest');
    await serveWith(express, () => {});
    const first = handler();
    await serveWith(express, () => {});
    expect(handler()).toBe(first);
  });

  it('routers of another copy of Express are named as well', async () => {
    const [, other] = EXPRESSES.find(([, copy]) => copy !== express)!;
    const served = await serveWith(express, app => {
      app.use('/other/:a', other.Router().use('/deep', other.Router().get('/:id', answer)));
    });
    expect(await namesOf(served, '/other/1/deep/2', '/Other/2/Deep/3')).toEqual([
      '200 /other/:a/deep/:id x2',
    ]);
  });
});
