/**
 * Loaded into a node host with `NODE_OPTIONS=--import`. From SIGUSR2 on its event loop spins and never turns again.
 *
 * The variable reaches the launcher and every other child too; only a process titled `openclaw-node` obeys.
 */
process.on('SIGUSR2', () => {
  if (process.title !== 'openclaw-node') return;
  for (let turn = 0; turn >= 0; turn = (turn + 1) % 1_000_003);
});
