import { afterEach, describe, expect, it } from 'vitest';
import { Counter } from '../../lib/entry/index.js';
import { closeApps, failureOf, sizes, startShop } from './testing-shop.js';

afterEach(closeApps);

describe('the error of an assertion', () => {
  it('lists what was sent, cells of the same metric first', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    shop.order('refused');
    sizes.add(3);
    await tsmon.flush();
    const lines = failureOf(() => tsmon.sent('shop/orders', { status: 'lost' })).message.split(
      '\n',
    );
    expect(lines.slice(0, 4)).toEqual([
      "shop/orders { status: 'lost' } was not sent.",
      'What was sent:',
      "  shop/orders { status: 'ok', gift: false }: 1 (local test local  0)",
      "  shop/orders { status: 'refused', gift: false }: 1 (local test local  0)",
    ]);
    expect(lines).toContain('  shop/sizes: 1 samples, sum 3 (local test local  0)');
    expect(lines).toContain('  presence/up: true (local test local  0)');
  });

  it('says that several cells match if fields are missing', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    shop.order('refused');
    await tsmon.flush();
    const { message } = failureOf(() => tsmon.sent('shop/orders', { gift: false }));
    expect(message).toContain('shop/orders { gift: false } is 2 cells');
    expect(message).not.toContain('presence/up');
  });

  it('lists the cells that assertNotSent() found', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    await tsmon.flush();
    tsmon.assertNotSent('shop/orders', { status: 'refused' });
    tsmon.assertNotSent('shop/orders', { state: 'ok' });
    tsmon.assertNotSent('shop/orders', { gift: 0 });
    expect(failureOf(() => tsmon.assertNotSent('shop/orders', { status: 'ok' })).message).toBe(
      "shop/orders { status: 'ok' } was sent.\nWhat was sent:\n  shop/orders { status: 'ok', gift: false }: 1 (local test local  0)",
    );
  });

  it('says that nothing was sent, or cuts a long list', async () => {
    const { tsmon } = await startShop();
    expect(failureOf(() => tsmon.sent('shop/orders')).message).toBe(
      'shop/orders was not sent.\nNothing was sent at all: flush() first.',
    );
    const byId = new Counter('shop/by_id', { fields: { id: 'int' } });
    for (let id = 0; id < 1000; id++) {
      byId.add(1, { id });
    }
    await tsmon.flush();
    const lines = failureOf(() => tsmon.sent('shop/orders')).message.split('\n');
    expect(lines).toHaveLength(43);
    expect(lines.at(-1)).toMatch(/^ {2}and \d+ more$/);
  });
});
