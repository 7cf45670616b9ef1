import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/model/secret.ts';
import { parseOpenClawAuth } from '../../../src/sources/gateway-session/openclaw-auth.ts';

const TOKEN = 'tok-3f9c0d7e';
const variables: Record<string, string> = { GW_TOKEN: TOKEN, EMPTY: ' ' };
const variable = (name: string): Secret | undefined =>
  variables[name] === undefined ? undefined : new Secret(variables[name]);

function parse(text: string): object {
  const auth = parseOpenClawAuth(text, variable);
  return 'value' in auth ? { ...auth, value: auth.value.reveal() } : auth;
}

describe("the login in a user's openclaw.json", () => {
  it.each([
    ['JSON', `{"gateway":{"auth":{"mode":"token","token":"${TOKEN}"}}}`],
    ['JSON5', `// mine\n{ gateway: { port: 1, auth: { token: '${TOKEN}', }, }, other: [1,], }`],
    ['a variable', '{ gateway: { auth: { token: "${GW_TOKEN}" } } }'],
    ['a variable without braces', '{ gateway: { auth: { token: "$GW_TOKEN" } } }'],
    [
      'a secret reference',
      '{ gateway: { auth: { token: { source: "env", provider: "default", id: "GW_TOKEN" } } } }',
    ],
    ['no mode, and a password beside it', `{ gateway: { auth: { token: "${TOKEN}", password: "p" } } }`],
    [
      'mode token, and a password beside it',
      `{ gateway: { auth: { mode: "token", token: "${TOKEN}", password: "p" } } }`,
    ],
  ])('is a token: %s', (_how, text) => {
    expect(parse(text)).toEqual({ kind: 'token', value: TOKEN, key: 'gateway.auth.token' });
  });

  it.each([
    ['mode password', '{ gateway: { auth: { mode: "password", token: "t", password: "p" } } }'],
    ['no token', '{ gateway: { auth: { password: "p" } } }'],
  ])('is a password: %s', (_how, text) => {
    expect(parse(text)).toEqual({ kind: 'password', value: 'p', key: 'gateway.auth.password' });
  });

  it('is that of the remote gateway where the gateway is remote', () => {
    const text = `{ gateway: { mode: "remote", auth: { token: "local" }, remote: { url: "wss://x", token: "${TOKEN}" } } }`;
    expect(parse(text)).toEqual({ kind: 'token', value: TOKEN, key: 'gateway.remote.token' });
  });

  it('is not needed where the gateway asks for none', () => {
    expect(parse('{ gateway: { auth: { mode: "none" } } }')).toEqual({ kind: 'not-needed' });
  });

  it.each([
    ['nothing about a gateway', '{}', /gateway\.auth\.token is not set, gateway\.auth\.password is not set/],
    [
      'a variable that we do not have',
      '{ gateway: { auth: { mode: "token", token: "${MISSING}" } } }',
      /MISSING, which this process does not have/,
    ],
    ['an empty variable', '{ gateway: { auth: { mode: "token", token: "${EMPTY}" } } }', /EMPTY, which/],
    [
      'a text around a variable',
      '{ gateway: { auth: { mode: "token", token: "x${GW_TOKEN}" } } }',
      /put together from environment variables/,
    ],
    [
      'a reference to a file',
      '{ gateway: { auth: { mode: "token", token: { source: "file", provider: "v", id: "/x" } } } }',
      /not readable here: use a token file/,
    ],
    [
      'a number',
      '{ gateway: { auth: { mode: "token", token: 7 } } }',
      /neither a string nor a secret reference/,
    ],
    ['an include', '{ $include: "./base.json5" }', /files that it includes are not read/],
    ['another form', '{ gateway: [] }', /^gateway is not of the form/],
    ['no object', '[]', /^the file is not of the form|is not of the form/],
  ])('is none, and says why: %s', (_how, text, why) => {
    const auth = parseOpenClawAuth(text, variable);
    expect(auth).toMatchObject({ kind: 'none', why: expect.stringMatching(why) as string });
  });

  it('says where the file is broken, and quotes nothing of it', () => {
    const auth = parseOpenClawAuth(`{\n  gateway: {\n    auth: { token: "${TOKEN}" oops }\n}`, variable);
    expect(auth).toEqual({ kind: 'none', why: 'is not valid JSON5', position: '3:35' });
  });
});
