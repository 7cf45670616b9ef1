import { elapsedMs, type NodeSnapshot, type Snapshot } from '../../core/index.ts';

/** As Cluster API’s machine health checks: where more of them fail at once, what they share has failed. */
const SHARE = 0.4;
/** Of two, one is half: fewer than three say nothing of what they share. */
const FEWEST = 3;
/** What has been off, or refused, for longer has a cause of its own, and is no part of what fails now. */
const AT_ONCE_MS = 15 * 60_000;

/**
 * Whether so many of the node hosts at the same gateway, or of those on this machine, are in trouble at once that the
 * cause is shared; then in words how many.
 */
export function sharedCause(node: NodeSnapshot, { nodes, at }: Snapshot): string | undefined {
  const isOldNews = ({ state, scope, since }: NodeSnapshot): boolean =>
    (state === 'blocked' || (scope === 'remote' && state === 'offline')) && elapsedMs(since, at) > AT_ONCE_MS;
  const isMember = (one: NodeSnapshot): boolean =>
    // Of whom nobody knows anything says nothing either way.
    one.kind === 'node-host' && one.state !== 'unknown' && !isOldNews(one);
  const members = nodes.filter(isMember);
  const groups = [
    { where: 'of its gateway', nodes: members.filter(({ gateway }) => gateway === node.gateway) },
    { where: 'of this machine', nodes: members.filter(({ scope }) => scope === 'local') },
  ];
  for (const group of groups) {
    const failing = group.nodes.filter(({ state }) => state !== 'alive').length;
    if (group.nodes.length >= FEWEST && failing > SHARE * group.nodes.length)
      return `${failing} of ${group.nodes.length} node hosts ${group.where} are in trouble at once`;
  }
  return undefined;
}
