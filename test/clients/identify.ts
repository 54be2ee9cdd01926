import type { TokenStore } from './session.ts';

const identifyDocument = `mutation Identify($input: IdentifyInput!) {
  identify(input: $input) { token refreshToken }
}`;

/** Signs the page in: a proof becomes a session, whose tokens go into the store. `deviceId`: that of the visitor whom the page has been so far. */
export async function identify(api: string, proof: string, store: TokenStore, deviceId?: string): Promise<void> {
  const body = JSON.stringify({ query: identifyDocument, variables: { input: { proof, deviceId } } });
  const response = await fetch(api, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { data, errors } = await response.json();
  if (!data?.identify) throw new Error(errors?.[0]?.extensions?.code);
  store.set(data.identify);
}
