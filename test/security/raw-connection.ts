import { connect, type Socket } from 'node:net';

const DEADLINE_MS = 30_000;

/**
 * Sends bytes over a connection of its own, and waits until the server ends it.
 *
 * @param parts written one after another, as long as the server takes them.
 * @returns the statuses of all answers.
 */
export async function sendRaw(port: number, parts: readonly string[]): Promise<number[]> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
  // The server may close while we still write.
  socket.on('error', () => {});
  const closed = closeOf(socket);
  for (const part of parts) {
    await write(socket, part);
  }
  await closed;
  return Array.from(received.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
}

/** Sends what may be no request at all, says that no more will come, and waits until the server ends it, too. */
export async function sendMalformed(port: number, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.resume().on('error', () => {});
  const closed = closeOf(socket);
  socket.end(bytes, 'latin1');
  await closed;
}

/** Once it is closed, in whatever way. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The server did not close a connection within ${DEADLINE_MS / 1000} s.`));
    }, DEADLINE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function write(socket: Socket, bytes: string): Promise<void> {
  return new Promise(resolve => {
    if (socket.destroyed) {
      resolve();
      return;
    }
    socket.once('close', resolve);
    socket.write(bytes, 'latin1', () => {
      socket.off('close', resolve);
      resolve();
    });
  });
}
