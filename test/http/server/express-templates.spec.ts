import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answer, namesOf, pass, serveWith } from './express-apps.js';
import { EXPRESSES } from './expresses.js';
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
