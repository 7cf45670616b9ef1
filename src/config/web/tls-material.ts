import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { TlsPolicy } from '../../http/security/web-policy.ts';
import { omit } from '../../core/index.ts';
import { explainRefusal, type FileSystem } from '../check-paths.ts';
import type { PemPlace, TlsSettings } from './web-settings.ts';

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
  const { cert, key, clientCa, problems } = await readPems(settings, fs);
  if (cert === undefined || key === undefined || problems.length > 0) return { ok: false, problems };
  const [leaf] = cert.certificates;
  const policy: TlsPolicy = {
    ...omit(settings, 'cert', 'key', 'clientCa'),
    cert: cert.pem.text,
    key: key.pem.text,
    notAfterMs: Date.parse(leaf.validTo),
    ...(clientCa !== undefined && { clientCa: clientCa.pem.text }),
  };
  const refusal = refusalOf(policy);
  if (refusal !== undefined) {
    const message = `OpenSSL refuses what this section asks for (${refusal}); see docs/security.md.`;
    return { ok: false, problems: [{ key: cert.pem.key, message }] };
  }
  return {
    ok: true,
    policy,
    warnings: [
      ...warnOfTime(leaf, cert.pem, nowMs),
      ...(clientCa?.certificates.flatMap((authority) => warnOfTime(authority, clientCa.pem, nowMs)) ?? []),
      ...(await warnOfMode(settings.key, key.pem, fs)),
    ],
  };
}

/** What was read well, and every mistake in the rest. */
interface Pems {
  readonly cert?: { readonly pem: Pem; readonly certificates: Certificates };
  readonly key?: { readonly pem: Pem; readonly key: KeyObject };
  readonly clientCa?: { readonly pem: Pem; readonly certificates: Certificates };
  readonly problems: readonly MaterialProblem[];
}

/** Reads what is named, each whatever is wrong with the others, and tries whether certificate and key belong together. */
async function readPems(places: TlsSettings, fs: FileSystem): Promise<Pems> {
  const [cert, key, clientCa] = await Promise.all([
    readPem('cert', places.cert, fs),
    readPem('key', places.key, fs),
    readPem('client_ca', places.clientCa, fs),
  ]);
  const chain = cert?.ok === true ? parseCertificates(cert.pem) : cert;
  const parsedKey = key?.ok === true ? parseKey(key.pem) : key;
  const authorities = clientCa?.ok === true ? parseCertificates(clientCa.pem) : clientCa;
  const problems = [chain, parsedKey, authorities].flatMap((parsed) =>
    parsed?.ok === false ? [parsed.problem] : [],
  );
  if (chain?.ok === true && parsedKey?.ok === true && !chain.certificates[0].checkPrivateKey(parsedKey.key)) {
    const message = `${parsedKey.pem.name} is not the key of the certificate in ${chain.pem.name}; put the two that belong together in place.`;
    problems.push({ key: parsedKey.pem.key, message });
  }
  return {
    ...(chain?.ok === true && { cert: chain }),
    ...(parsedKey?.ok === true && { key: parsedKey }),
    ...(authorities?.ok === true && { clientCa: authorities }),
    problems,
  };
}

type PemRead =
  { readonly ok: true; readonly pem: Pem } | { readonly ok: false; readonly problem: MaterialProblem };

async function readPem(
  name: 'cert' | 'key' | 'client_ca',
  place: PemPlace | undefined,
  fs: FileSystem,
): Promise<PemRead | undefined> {
  if (place === undefined) return undefined;
  if (place.kind === 'inline') return { ok: true, pem: { key: name, name: `"${name}"`, text: place.pem } };
  const key = `${name}_file`;
  const read = await fs.readText(place.path);
  if ('text' in read) return { ok: true, pem: { key, name: place.path, text: read.text } };
  const hint =
    read.error === 'ENOENT'
      ? 'correct the path (a relative one is relative to this file), or put it there'
      : 'make it readable for the user that runs the exporter';
  return { ok: false, problem: { key, message: `${place.path} ${explainRefusal(read.error)}; ${hint}.` } };
}

const CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

type Certificates = readonly [X509Certificate, ...X509Certificate[]];

function parseCertificates(
  pem: Pem,
):
  | { readonly ok: true; readonly pem: Pem; readonly certificates: Certificates }
  | { readonly ok: false; readonly problem: MaterialProblem } {
  const { key, name, text } = pem;
  const problem = (message: string) => ({ ok: false, problem: { key, message } }) as const;
  const blocks = text.match(CERTIFICATE) ?? [];
  try {
    const [leaf, ...others] = blocks.map((block) => new X509Certificate(block));
    if (leaf !== undefined) return { ok: true, pem, certificates: [leaf, ...others] };
  } catch (error: unknown) {
    return problem(
      `${name} has a certificate that cannot be read (${reasonOf(error)}); make the file again.`,
    );
  }
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return problem(`${name} holds a key and no certificate; were the two mixed up?`);
  return problem(
    `${name} holds no certificate in PEM (-----BEGIN CERTIFICATE-----); convert one in DER with: openssl x509 -inform der.`,
  );
}

function parseKey(
  pem: Pem,
):
  | { readonly ok: true; readonly pem: Pem; readonly key: KeyObject }
  | { readonly ok: false; readonly problem: MaterialProblem } {
  const { key, name, text } = pem;
  const problem = (message: string) => ({ ok: false, problem: { key, message } }) as const;
  if (text.includes('ENCRYPTED')) {
    return problem(
      `${name} is encrypted, and nobody is there to type the passphrase; write it without one: openssl pkey -in … -out ….`,
    );
  }
  try {
    return { ok: true, pem, key: createPrivateKey(text) };
  } catch {
    if (text.includes('-----BEGIN CERTIFICATE-----'))
      return problem(`${name} holds a certificate and no key; were the two mixed up?`);
    return problem(`${name} holds no private key in PEM (-----BEGIN PRIVATE KEY-----).`);
  }
}

/** Why OpenSSL would not serve with this; `undefined` when it would. */
function refusalOf(policy: TlsPolicy): string | undefined {
  try {
    createSecureContext({
      cert: policy.cert,
      key: policy.key,
      ca: policy.clientCa,
      minVersion: policy.minVersion,
      maxVersion: policy.maxVersion,
      ciphers: policy.ciphers,
      ecdhCurve: policy.curves,
    });
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
  const whose = `the certificate ${certificate.subject.replaceAll('\n', ', ')} in ${name}`;
  if (Date.parse(certificate.validTo) <= nowMs) {
    return [
      {
        key,
        message: `${whose} expired on ${certificate.validTo}; renew it: who verifies it will not connect.`,
      },
    ];
  }
  if (Date.parse(certificate.validFrom) > nowMs) {
    return [
      {
        key,
        message: `${whose} is not valid before ${certificate.validFrom}; is the clock of this machine right?`,
      },
    ];
  }
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
