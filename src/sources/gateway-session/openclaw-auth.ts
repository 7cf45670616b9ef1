import JSON5 from 'json5';
import { z } from 'zod';
import { Secret } from '../../core/index.ts';

/** What a user's `openclaw.json` says about logging in to its gateway. */
export type ConfiguredAuth =
  | { readonly kind: 'token' | 'password'; readonly value: Secret; readonly key: string }
  /** `gateway.auth.mode` is `none`. */
  | { readonly kind: 'not-needed' }
  | {
      readonly kind: 'none';
      readonly why: string;
      /** `line:column` where the file could not be parsed. */
      readonly position?: string;
    };

const authSchema = z.object({
  mode: z.string().optional(),
  token: z.unknown().optional(),
  password: z.unknown().optional(),
});
const configSchema = z.object({
  $include: z.unknown().optional(),
  gateway: z
    .object({
      $include: z.unknown().optional(),
      mode: z.string().optional(),
      auth: authSchema.optional(),
      remote: authSchema.omit({ mode: true }).optional(),
    })
    .optional(),
});

/** A string that stands for an environment variable: `${NAME}` or `$NAME`. */
const VARIABLE = /^\$(?:\{([A-Z_][A-Z0-9_]*)\}|([A-Z_][A-Z0-9_]*))$/;
const VARIABLE_INSIDE = /(?<!\$)\$\{[A-Z_][A-Z0-9_]*\}/;
const envReference = z.object({ source: z.literal('env'), id: z.string() });
const otherReference = z.object({ source: z.string() });

type Variable = (name: string) => Secret | undefined;

/** Reads the text of an `openclaw.json` (JSON5). Never throws, and never quotes the file. */
export function parseOpenClawAuth(text: string, variable: Variable): ConfiguredAuth {
  let json: unknown;
  try {
    json = JSON5.parse(text);
  } catch (error: unknown) {
    return { kind: 'none', why: 'is not valid JSON5', ...positionOf(error) };
  }
  const config = configSchema.safeParse(json);
  if (!config.success) {
    const key = config.error.issues[0]?.path.join('.') ?? '';
    return { kind: 'none', why: `${key === '' ? 'the file' : key} is not of the form that OpenClaw has` };
  }
  const gateway = config.data.gateway;
  const found = authOf(gateway, variable);
  const includes = config.data.$include !== undefined || gateway?.$include !== undefined;
  if (found.kind !== 'none' || !includes) return found;
  return { kind: 'none', why: `${found.why} (files that it includes are not read: use a token file)` };
}

function authOf(gateway: z.infer<typeof configSchema>['gateway'], variable: Variable): ConfiguredAuth {
  const mode = gateway?.auth?.mode;
  const place = gateway?.mode === 'remote' ? 'remote' : 'auth';
  if (place === 'auth' && mode === 'none') return { kind: 'not-needed' };
  const why: string[] = [];
  const kinds: readonly ('token' | 'password')[] =
    mode === 'token' || mode === 'password' ? [mode] : ['token', 'password'];
  for (const kind of kinds) {
    const key = `gateway.${place}.${kind}`;
    const secret = resolveSecret(gateway?.[place]?.[kind], variable);
    if (secret instanceof Secret) return { kind, value: secret, key };
    why.push(`${key} ${secret}`);
  }
  return { kind: 'none', why: why.join(', ') };
}

/** The secret, or why there is none. */
function resolveSecret(value: unknown, variable: Variable): Secret | string {
  if (value === undefined || value === null || value === '') return 'is not set';
  if (typeof value === 'string') {
    const match = VARIABLE.exec(value.trim());
    const name = match?.[1] ?? match?.[2];
    if (name !== undefined) return fromVariable(name, variable);
    if (VARIABLE_INSIDE.test(value))
      return 'is put together from environment variables, which is not supported here';
    return value.trim() === '' ? 'is empty' : new Secret(value.trim());
  }
  const reference = envReference.safeParse(value);
  if (reference.success) return fromVariable(reference.data.id, variable);
  return otherReference.safeParse(value).success
    ? 'is kept elsewhere (a secret reference of another kind than env) and not readable here: use a token file'
    : 'is neither a string nor a secret reference';
}

function fromVariable(name: string, variable: Variable): Secret | string {
  const value = variable(name);
  if (value === undefined || value.reveal().trim() === '') {
    return `names the environment variable ${name}, which this process does not have`;
  }
  return value;
}

function positionOf(error: unknown): { position?: string } {
  if (typeof error !== 'object' || error === null || !('lineNumber' in error) || !('columnNumber' in error))
    return {};
  return { position: `${Number(error.lineNumber)}:${Number(error.columnNumber)}` };
}
