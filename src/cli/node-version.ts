/** `engines.node` of package.json, which npm only warns about. */
const REQUIRED = { major: 22, minor: 19 } as const;

/** Why this version of Node cannot run the exporter; `undefined` when it can. */
export function refuseNodeVersion(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isRecent = major > REQUIRED.major || (major === REQUIRED.major && minor >= REQUIRED.minor);
  if (isRecent) return undefined;
  return `openclaw-liveness-exporter needs Node ${REQUIRED.major}.${REQUIRED.minor} or newer, and this is Node ${version}. Install a current one from https://nodejs.org, or put the Node that OpenClaw itself runs on first in PATH.`;
}
