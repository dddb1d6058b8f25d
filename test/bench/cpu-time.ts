/**
 * The CPU time of this process in milliseconds, that of garbage collection in other threads included. Unlike the
 * clock on the wall it stands still while other processes have the processor.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
