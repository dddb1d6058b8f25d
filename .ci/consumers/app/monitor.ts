import { FakeMonitor } from 'nestjs-tsmon/testing';

export const monitor = new FakeMonitor();
