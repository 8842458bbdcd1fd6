// A real OpenID Connect provider for the tests: npm's certified oidc-provider, with invented people. Arguments: port, where the app is.
// The sign-in page takes any name. Groups and an unverified address follow from the name, so that tests choose whom they need.
import { Provider } from 'oidc-provider';

const [port, app] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const groups = (id) => (id.startsWith('grouped') ? ['cedar-managers'] : id.startsWith('twice') ? ['cedar-managers', 'harbour-managers'] : []);

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'checklist', client_secret: 'a-secret-for-tests', redirect_uris: [`${app}/sign-in/directory/back`],
    response_types: ['code'], grant_types: ['authorization_code'],
  }],
  pkce: { required: () => true },
  claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
  conformIdTokenClaims: false, // as Entra and Google do: who it is stands in the ID token
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['for tests only'] },
  ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 600, IdToken: 600 },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@district.example`, email_verified: !id.startsWith('unverified'), name: `Invented ${id}`, preferred_username: id, groups: groups(id) }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));
