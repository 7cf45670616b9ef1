import { omit } from '../../core/index.ts';
import type { TlsPolicy, WebPolicy } from './web-policy.ts';

/** What a changed web config comes to while the exporter runs. */
export interface PolicyInForce {
  readonly policy: WebPolicy;
  /** In sentences: what waits for a restart. */
  readonly needsRestart: readonly string[];
}

/**
 * Certificates, CA, names, versions and suites of TLS, users, headers and the rate can change; a port that speaks TLS or not, and
 * asks for a certificate or not, goes on doing so.
 */
export function policyInForce(running: WebPolicy, wanted: WebPolicy): PolicyInForce {
  const { tls: before } = running;
  const { tls: after, ...rest } = wanted;
  if (before === undefined) {
    const needsRestart =
      after === undefined
        ? []
        : ['tls_server_config: TLS begins with a restart; until then it is plain HTTP'];
    return { policy: rest, needsRestart };
  }
  if (after === undefined) {
    return {
      policy: { ...rest, tls: before },
      needsRestart: ['tls_server_config: TLS ends with a restart; until then it goes on'],
    };
  }
  if (asksForCertificate(before) === asksForCertificate(after)) return { policy: wanted, needsRestart: [] };
  const { clientAuth, clientCa, clientAllowedSans } = before;
  return {
    policy: {
      ...rest,
      tls: {
        ...omit(after, 'clientCa', 'clientAllowedSans'),
        clientAuth,
        ...(clientCa !== undefined && { clientCa }),
        ...(clientAllowedSans !== undefined && { clientAllowedSans }),
      },
    },
    needsRestart: [
      `tls_server_config.client_auth_type: ${after.clientAuth} begins with a restart; until then it is ${clientAuth}`,
    ],
  };
}

function asksForCertificate({ clientAuth }: TlsPolicy): boolean {
  return clientAuth !== 'NoClientCert';
}
