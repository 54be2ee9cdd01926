// Loaded into the nodes of a chaos run with --import. Tells on SIGUSR2 what the process holds when its garbage is gone.
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const probe = { heapBytes: process.memoryUsage().heapUsed, sockets };
  process.stdout.write(`${JSON.stringify({ probe })}\n`);
});
