import { adviceOf } from '../core/index.ts';

/** Said wherever somebody looks, where nothing of a node host is on this machine and none was named. */
export const NO_NODE_HOST_HERE = `No node host was found on this machine. ${adviceOf({ kind: 'name-node-host' })}`;
