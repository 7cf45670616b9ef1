import type { NodeSnapshot, Snapshot } from '../../core/index.ts';

/** A name that two node hosts share is told apart by this (design, section 6). */
const DISAMBIGUATOR = /#[^#]{1,8}$/;

/**
 * Node hosts meant by the last part of a path. A key names one; a name too. Where several share a display name, each
 * is called `name#…`, and the bare name still means them: a probe that was set up with it must not start to fail (and
 * restart a healthy node host) because another one chose the same name. It means the local ones, if there are any.
 */
export function findNodes(snapshot: Snapshot, id: string): readonly NodeSnapshot[] {
  const { nodes } = snapshot;
  const byKey = nodes.filter(({ key }) => key === id);
  if (byKey.length > 0) return byKey;
  const byName = nodes.filter(({ name }) => name === id);
  if (byName.length > 0) return byName;
  const sharing = nodes.filter(
    ({ name }) => DISAMBIGUATOR.test(name) && name.replace(DISAMBIGUATOR, '') === id,
  );
  const local = sharing.filter(({ scope }) => scope === 'local');
  return local.length > 0 ? local : sharing;
}
