import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { startEmulator, type Emulator, type EmulatorKind } from './emulators.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers `GET /<kind>` with the host of the emulator that all specs share. */
    emulatorsUrl: string;
  }
}

/**
 * Lets the specs of a run share one emulator of each kind: to start Java and to warm it up takes longer than most specs.
 * An emulator is started when the first spec asks for it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const emulators = new Map<string, Promise<Emulator>>();
  const shared = (kind: EmulatorKind): Promise<Emulator> => {
    const emulator = emulators.get(kind) ?? startEmulator(kind);
    emulators.set(kind, emulator);
    return emulator;
  };
  const server = createServer((request, response) => {
    shared(request.url?.slice(1) as EmulatorKind).then(
      ({ host }) => response.end(host),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  project.provide('emulatorsUrl', `http://127.0.0.1:${port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    const started = await Promise.allSettled(emulators.values());
    await Promise.all(started.map(one => one.status === 'fulfilled' && one.value.stop()));
  };
}
