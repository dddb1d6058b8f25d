import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { Device } from '../../../lib/targets/device.js';
import { Task } from '../../../lib/targets/task.js';
import { decoded } from './messages.js';
import { cell, dataSent, distributionOf, encoded, fields, foo, sent, times } from './requests.js';

/** LUCI's golden payloads have 6 ns where we, whose clock has microseconds, have 6 µs. */
function withMicros<T>(message: T): T {
  return JSON.parse(JSON.stringify(message).replaceAll('"nanos":6}', '"nanos":6000}')) as T;
}

const REQUEST = 'google.internal.prodx.mon.v1.MonitoringInsertRequest';
const ACQUISITION_LABELS =
  '12170a1170726f78795f656e7669726f6e6d656e741202706112240a106163717569736974696f6e5f6e616d6512106d6f6e2d6368726f6d652d696e66726112110a0a70726f78795f7a6f6e65120361746c';
const END_OF_LABELS =
  '120f0a0b646174615f63656e7465721200120d0a09686f73745f6e616d651200120c0a087461736b5f6e756d1800120c0a0869735f74736d6f6e2001';

describe('golden payloads of LUCI', () => {
  it('a gauge of an empty task', async () => {
    const golden = `0aeb010a3b0a112f6368726f6d652f696e6672612f666f6f180020022a0362617232050a017310013a16182a3a0808a58ac5d2031006420808a58ac5d2031006${ACQUISITION_LABELS}12100a0c736572766963655f6e616d651200120c0a086a6f625f6e616d651200${END_OF_LABELS}`;
    const { metrics_collection } = decoded(
      'ts_mon.proto.MetricsPayload',
      Buffer.from(golden, 'hex'),
    );
    expect(await sent(cell(foo, 42))).toEqual(withMicros(metrics_collection));
  });

  it('a gauge of a device, whose labels are in the order of LUCI, too', async () => {
    // The data is that of the task above; the labels were encoded by protobufjs.
    const golden = `0aa9020a3b0a112f6368726f6d652f696e6672612f666f6f180020022a0362617232050a017310013a16182a3a0808a58ac5d2031006420808a58ac5d2031006${ACQUISITION_LABELS}12070a03706f701200120d0a09616c65727461626c65200112130a057265616c6d120a4143515f4348524f4d4512070a0361736e1800120c0a056d6574726f12036c6162120f0a04726f6c6512077072696e746572120e0a08686f73746e616d6512027031120a0a0676656e646f72120012190a09686f737467726f7570120c7365636f6e642d666c6f6f72120c0a0869735f74736d6f6e2001`;
    const { metrics_collection } = decoded(
      'ts_mon.proto.MetricsPayload',
      Buffer.from(golden, 'hex'),
    );
    const target = new Device({
      metro: 'lab',
      role: 'printer',
      hostname: 'p1',
      hostgroup: 'second-floor',
    });
    expect(await sent(cell(foo, 42, [], target))).toEqual(withMicros(metrics_collection));
  });

  it('a cumulative distribution with fields, as a whole request', async () => {
    const golden = `12e0020add020aa2010a112f6368726f6d652f696e6672612f666f6f12050a0166100012050a016e100112050a01621002180120042a0362617232050a017310003a682a390801110000000000009040321408141100000000000024401900000000000000004a160000000000000000000000000000000000000000000132080a016612036f6e6532060a016e18c80132050a016220003a0808a580bbc3031006420808a58ac5d2031006${ACQUISITION_LABELS}12150a0c736572766963655f6e616d65120568656c6c6f12110a086a6f625f6e616d651205776f726c64${END_OF_LABELS}`;
    const metric = new CumulativeDistribution('foo', {
      registry: new Registry(),
      description: 'bar',
      units: 's',
      fields,
    });
    const target = new Task({ serviceName: 'hello', jobName: 'world' });
    const value = distributionOf(Bucketer.fixedWidth(10, 20), 1024);
    const { bytes } = await encoded([cell(metric, value, ['one', 200, false], target)]);
    expect(decoded(REQUEST, bytes)).toEqual(
      withMicros(decoded(REQUEST, Buffer.from(golden, 'hex'))),
    );
    // In LUCI's order even the bytes are the same, but for those microseconds and the lengths around them.
    expect(bytes.toString('hex').slice(-300)).toBe(golden.slice(-300));
  });

  it.each([
    [
      'empty, linear',
      distributionOf(Bucketer.fixedWidth(10, 20)),
      '080032140814110000000000002440190000000000000000',
    ],
    [
      'geometric',
      distributionOf(Bucketer.geometric(2, 20), 0, 4, 1024, 1536, 1_048_576),
      '08051100000000a0a909413a14081411000000000000004019000000000000f03f4a1601000001000000000000000200000000000000000001',
    ],
  ])('a distribution: %s', async (_, value, golden) => {
    const expected = decoded('ts_mon.proto.MetricsData.Distribution', Buffer.from(golden, 'hex'));
    const { distribution_value } = await dataSent(cell(times, value));
    expect(distribution_value).toEqual(expected);
  });
});
