/**
 * Loaded into a node host with `NODE_OPTIONS=--import`. From SIGUSR2 on, no `setTimeout` ever fires: the reconnect that
 * was to be planned is lost, and with it the node host, silently.
 *
 * The variable reaches the launcher and every other child too; only a process titled `openclaw-node` obeys.
 */
process.on('SIGUSR2', () => {
  if (process.title !== 'openclaw-node') return;
  // 2026.4 ends when nothing is left to wait for. The report of a process that stayed shows that something was.
  setInterval(() => undefined, 2 ** 30);
  const plan = globalThis.setTimeout;
  const lose = (): NodeJS.Timeout => {
    const timer = plan(() => undefined, 1);
    clearTimeout(timer);
    return timer;
  };
  globalThis.setTimeout = Object.assign(lose, plan);
});
