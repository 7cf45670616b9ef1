import { canonicalName, subjectAltNames } from './subject-alt-names.ts';
import type { TlsPolicy } from './web-policy.ts';

/** What the handshake told of the client. */
export interface ClientCertificate {
  /** The chain leads to the CA of clients, and none of it has expired. */
  readonly isVerified: boolean;
  /** Node's text of its names; absent where it has none. */
  readonly subjectAltName?: string;
}

type Demands = Pick<TlsPolicy, 'clientAuth' | 'clientAllowedSans'>;

/** Whether a client may stay, after a handshake that only asked for its certificate. */
export function isClientAdmitted(
  { clientAuth, clientAllowedSans }: Demands,
  certificate: ClientCertificate | undefined,
): boolean {
  if (!isCertificateAccepted(clientAuth, certificate)) return false;
  if (clientAllowedSans === undefined) return true;
  const names = subjectAltNames(certificate?.subjectAltName);
  return clientAllowedSans.some((allowed) => names.includes(canonicalName(allowed)));
}

function isCertificateAccepted(
  clientAuth: TlsPolicy['clientAuth'],
  certificate: ClientCertificate | undefined,
): boolean {
  switch (clientAuth) {
    case 'NoClientCert':
    case 'RequestClientCert':
      return true;
    case 'RequireAnyClientCert':
      return certificate !== undefined;
    case 'VerifyClientCertIfGiven':
      return certificate === undefined || certificate.isVerified;
    case 'RequireAndVerifyClientCert':
      return certificate?.isVerified === true;
    default:
      return clientAuth satisfies never;
  }
}
