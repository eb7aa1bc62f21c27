/** Waits for something, prints how long it took, and returns the milliseconds. */
export async function measure(what: string, wait: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await wait();
  const milliseconds = Math.round(performance.now() - began);
  process.stderr.write(`measured: ${what}: ${milliseconds} ms\n`);
  return milliseconds;
}
