import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { makeCertificate } from './certificate.ts';
import { closeLater } from './lifetime.ts';
import { emptyFolder } from './operator.ts';
import { freePort } from './private-services.ts';

/** A provider of OpenID Connect, as far as logging in goes: the code flow with PKCE, for one person whom it does not ask anything. */
export interface OidcProvider {
  readonly issuer: string;
  readonly jwksUri: string;
  /** The file for `NODE_EXTRA_CA_CERTS` of whoever asks it. */
  readonly certificate: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Goes to one of its pages, as a browser; gives where it leads back to. */
  visit(address: string): Promise<string>;
}

/** Starts it, for a person with these claims. Stopped at the end of the test. */
export async function startOidcProvider(person: JWTPayload): Promise<OidcProvider> {
  const { certificate, key } = makeCertificate(emptyFolder());
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const [clientId, clientSecret, kid] = ['the-shop', 'known to the shop', 'one'];
  const port = await freePort();
  const issuer = `https://127.0.0.1:${port}`;
  const jwksUri = `${issuer}/keys`;
  const challenges = new Map<string, string>();

  const exchange = async (request: IncomingMessage): Promise<object | null> => {
    const form = new URLSearchParams(await text(request));
    const code = form.get('code') ?? '';
    const proved = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const known = form.get('client_id') === clientId && form.get('client_secret') === clientSecret;
    if (!known || challenges.get(code) !== proved) return null;
    challenges.delete(code);
    const token = new SignJWT(person).setProtectedHeader({ alg: 'RS256', kid }).setIssuer(issuer).setAudience(clientId).setIssuedAt().setExpirationTime('1h');
    return { access_token: randomUUID(), token_type: 'Bearer', expires_in: 3600, id_token: await token.sign(privateKey) };
  };

  const jwk = await exportJWK(publicKey);
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
    const answer = (body: object | null) =>
      response.writeHead(body ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? { error: 'invalid_grant' }));
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/.well-known/openid-configuration')
      answer({
        issuer,
        jwks_uri: jwksUri,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        response_types_supported: ['code'],
      });
    else if (url.pathname === '/keys') answer({ keys: [{ ...jwk, kid, use: 'sig', alg: 'RS256' }] });
    else if (url.pathname === '/token') answer(await exchange(request));
    else if (url.pathname === '/authorize') {
      const code = randomUUID();
      challenges.set(code, url.searchParams.get('code_challenge') ?? '');
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      response.writeHead(302, { location: back.href }).end();
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closeLater(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const visit = (address: string) =>
    new Promise<string>((resolve, reject) => {
      const request = get(address, { ca: readFileSync(certificate), agent: false }, (answer) => {
        answer.resume();
        resolve(answer.headers.location ?? '');
      });
      request.on('error', reject);
    });
  return { issuer, jwksUri, certificate, clientId, clientSecret, visit };
}
