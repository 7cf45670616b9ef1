import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { secureContext, type TlsPolicy } from '../../http/security/web-policy.ts';
import { omit } from '../../core/index.ts';
import { explainRefusal, type FileSystem } from '../file-system.ts';

/** PEM, or the absolute path of the file that it is in. */
export type PemPlace =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'inline'; readonly pem: string };

/** `tls_server_config`, before any file that it names was read. */
export interface TlsSettings extends Omit<TlsPolicy, 'cert' | 'key' | 'clientCa' | 'notAfterMs'> {
  readonly cert: PemPlace;
  readonly key: PemPlace;
  readonly clientCa?: PemPlace;
}

/** A mistake in what a key of `tls_server_config` names. */
export interface MaterialProblem {
  /** As `cert_file`. */
  readonly key: string;
  readonly message: string;
}

export type MaterialResult =
  | { readonly ok: true; readonly policy: TlsPolicy; readonly warnings: readonly MaterialProblem[] }
  | { readonly ok: false; readonly problems: readonly MaterialProblem[] };

/** Read: PEM, and what to call it in a message. */
interface Pem {
  readonly key: string;
  readonly name: string;
  readonly text: string;
}

/** Within this file: what is wrong with one of the three. */
class Mistake extends Error {
  readonly key: string;

  constructor({ key }: Pick<Pem, 'key'>, message: string) {
    super(message);
    this.key = key;
  }
}

/**
 * Reads the certificate, its key and the CA of clients, and tries them as a server would use them. A certificate that
 * expired is a warning: an exporter that says nothing is worse than one whose scraper may refuse it.
 *
 * @param nowMs Unix time in milliseconds
 */
export async function readTlsMaterial(
  settings: TlsSettings,
  fs: FileSystem,
  nowMs: number,
): Promise<MaterialResult> {
  // Each whatever is wrong with the others: all mistakes are told at once.
  const [cert, key, clientCa] = await Promise.allSettled([
    readPem('cert', settings.cert, fs).then(parseCertificates),
    readPem('key', settings.key, fs).then(parseKey),
    settings.clientCa && readPem('client_ca', settings.clientCa, fs).then(parseCertificates),
  ]);
  const problems = [cert, key, clientCa].flatMap((read) =>
    read.status === 'rejected' ? [mistakeIn(read)] : [],
  );
  if (cert.status === 'rejected' || key.status === 'rejected' || clientCa.status === 'rejected')
    return { ok: false, problems };
  const { pem, certificates } = cert.value;
  const [leaf] = certificates;
  if (!leaf.checkPrivateKey(key.value.privateKey)) {
    const message = `${key.value.pem.name} is not the key of the certificate in ${pem.name}; put the two that belong together in place.`;
    return { ok: false, problems: [{ key: key.value.pem.key, message }] };
  }
  const authorities = clientCa.value;
  const policy: TlsPolicy = {
    ...omit(settings, 'cert', 'key', 'clientCa'),
    cert: pem.text,
    key: key.value.pem.text,
    notAfterMs: Date.parse(leaf.validTo),
    ...(authorities !== undefined && { clientCa: authorities.pem.text }),
  };
  const refusal = refusalOf(policy);
  if (refusal !== undefined) {
    const message = `OpenSSL refuses what this section asks for (${refusal}); see docs/security.md.`;
    return { ok: false, problems: [{ key: pem.key, message }] };
  }
  return {
    ok: true,
    policy,
    warnings: [
      ...warnOfTime(leaf, pem, nowMs),
      ...(authorities?.certificates.flatMap((each) => warnOfTime(each, authorities.pem, nowMs)) ?? []),
      ...(await warnOfMode(settings.key, key.value.pem, fs)),
    ],
  };
}

function mistakeIn({ reason }: PromiseRejectedResult): MaterialProblem {
  if (reason instanceof Mistake) return reason;
  throw reason as Error;
}

/** @throws Mistake */
async function readPem(name: 'cert' | 'key' | 'client_ca', place: PemPlace, fs: FileSystem): Promise<Pem> {
  if (place.kind === 'inline') return { key: name, name: `"${name}"`, text: place.pem };
  const key = `${name}_file`;
  const read = await fs.readText(place.path);
  if ('text' in read) return { key, name: place.path, text: read.text };
  const hint =
    read.error === 'ENOENT'
      ? 'correct the path (a relative one is relative to this file), or put it there'
      : 'make it readable for the user that runs the exporter';
  throw new Mistake({ key }, `${place.path} ${explainRefusal(read.error)}; ${hint}.`);
}

const CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

interface Certificates {
  readonly pem: Pem;
  readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
}

/** @throws Mistake */
function parseCertificates(pem: Pem): Certificates {
  const { name, text } = pem;
  const [leaf, ...others] = (text.match(CERTIFICATE) ?? []).map((block) => {
    try {
      return new X509Certificate(block);
    } catch (error: unknown) {
      throw new Mistake(
        pem,
        `${name} has a certificate that cannot be read (${reasonOf(error)}); make the file again.`,
      );
    }
  });
  if (leaf !== undefined) return { pem, certificates: [leaf, ...others] };
  const what = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)
    ? 'holds a key and no certificate; were the two mixed up?'
    : 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----); convert one in DER with: openssl x509 -inform der.';
  throw new Mistake(pem, `${name} ${what}`);
}

/** @throws Mistake */
function parseKey(pem: Pem): { readonly pem: Pem; readonly privateKey: KeyObject } {
  const { name, text } = pem;
  if (text.includes('ENCRYPTED')) {
    throw new Mistake(
      pem,
      `${name} is encrypted, and nobody is there to type the passphrase; write it without one: openssl pkey -in … -out ….`,
    );
  }
  try {
    return { pem, privateKey: createPrivateKey(text) };
  } catch {
    const what = text.includes('-----BEGIN CERTIFICATE-----')
      ? 'holds a certificate and no key; were the two mixed up?'
      : 'holds no private key in PEM (-----BEGIN PRIVATE KEY-----).';
    throw new Mistake(pem, `${name} ${what}`);
  }
}

/** Why OpenSSL would not serve with this; `undefined` when it would. */
function refusalOf(policy: TlsPolicy): string | undefined {
  try {
    createSecureContext(secureContext(policy));
    return undefined;
  } catch (error: unknown) {
    return reasonOf(error);
  }
}

/** OpenSSL says why in a property of its own, and its message repeats numbers that help nobody. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
}

function warnOfTime(
  certificate: X509Certificate,
  { key, name }: Pem,
  nowMs: number,
): readonly MaterialProblem[] {
  const { subject, validFrom, validTo } = certificate;
  const told = (what: string): readonly MaterialProblem[] => [
    { key, message: `the certificate ${subject.replaceAll('\n', ', ')} in ${name} ${what}` },
  ];
  if (Date.parse(validTo) <= nowMs)
    return told(`expired on ${validTo}; renew it: who verifies it will not connect.`);
  if (Date.parse(validFrom) > nowMs)
    return told(`is not valid before ${validFrom}; is the clock of this machine right?`);
  return [];
}

async function warnOfMode(
  place: PemPlace,
  { key, name }: Pem,
  fs: FileSystem,
): Promise<readonly MaterialProblem[]> {
  if (place.kind === 'inline') return [];
  const facts = await fs.kindOf(place.path);
  if ('error' in facts || !facts.readableByOthers) return [];
  return [{ key, message: `${name} can be read by every user of this machine; run: chmod 600 ${name}` }];
}
