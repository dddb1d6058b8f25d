import { expect, it } from 'vitest';
import { dial, until, type Platform, type Served } from './harness.js';
import { aWhile } from './held-answers.js';
import { ItemsController, type FakeElection } from './items.js';

/** What elects the requests under test. */
interface Elected {
  readonly election: () => FakeElection;
  readonly items: (platform: Platform) => Promise<Served>;
}

/** Tests that an elected stream passes at once and its end waits for the flush, whether by hooks or by the interceptor. */
export function testHeldStreams(platform: Platform, { election, items }: Elected): void {
  it('F2 events pass at once, and the flush comes when they end', async () => {
    const { port } = await items(platform);
    const { socket, received } = await dial(port);
    socket.write('GET /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await until(() => ItemsController.items.observed);
    ItemsController.items.next({ data: 'one' });
    await until(() => received().includes('data: one'));
    ItemsController.items.next({ data: 'two' });
    await until(() => received().includes('data: two'));
    expect(election().elected).toBe(0);
    ItemsController.items.complete();
    await until(() => election().elected === 1, 'the election');
    await aWhile();
    expect(received()).not.toContain('\r\n0\r\n\r\n');
    election().end();
    await until(() => received().endsWith('\r\n0\r\n\r\n'), 'the end of the events');
  });

  it.each(['/file', '/transformed', '/generated', '/readable', '/response'])(
    'F2 the bytes of %s pass at once, and the flush comes when they end',
    async path => {
      const { port } = await items(platform);
      const { socket, received } = await dial(port);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      ItemsController.source.push('first');
      await until(() => received().includes('first'), 'the first part');
      ItemsController.source.push('second');
      await until(() => received().includes('second'), 'the second part');
      expect(election().elected).toBe(0);
      ItemsController.source.push(null);
      await until(() => election().elected === 1, 'the election');
      await aWhile();
      expect(socket.readableEnded).toBe(false);
      election().end();
      await until(() => socket.readableEnded, 'the end');
      expect(received()).toMatch(/^HTTP\/1.1 20[03] /);
      expect(election().elected).toBe(1);
    },
  );
}
