import type { Config } from './config.ts';

/**
 * Where the credential for the one gateway is taken from, in words: the first of these that has one. `undefined`: only
 * `openclaw.json` may have one.
 */
export function givenCredential({
  gateway,
  openclaw,
}: Pick<Config, 'gateway' | 'openclaw'>): string | undefined {
  const { gatewayToken, gatewayTokenFile, gatewayPassword } = openclaw.environment;
  if (gateway.tokenFile !== undefined) return `the token in ${gateway.tokenFile}`;
  if (gatewayToken !== undefined) return 'OPENCLAW_GATEWAY_TOKEN (not shown)';
  if (gatewayTokenFile !== undefined) return `the token in ${gatewayTokenFile} (OPENCLAW_GATEWAY_TOKEN_FILE)`;
  return gatewayPassword && 'OPENCLAW_GATEWAY_PASSWORD (not shown)';
}
