/** Run as a process by guardian.test.ts: starts the surroundings of a demo, freezes one node host, and waits to be killed. */
import { Surroundings } from '../../src/demo/demo-surroundings.ts';
import { DEMO_CAST } from '../../src/demo/scenario.ts';

const surroundings = await Surroundings.start({ cast: DEMO_CAST, onDeath: () => undefined });
surroundings.freeze(DEMO_CAST.frozen);
const { directory, nodeHosts } = surroundings;
process.send?.({ directory, pids: nodeHosts.map(({ pid }) => pid) });
setInterval(() => undefined, 60_000);
