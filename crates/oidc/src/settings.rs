//! A provider as the operator wrote it down, not yet checked.

use secrecy::SecretString;
use serde::Deserialize;

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        /// One `[[auth.oauth2]]` table. Each key is pgAdmin's `OAUTH2_…` of the same name, or Howdah's own.
        ///
        /// A blank text means the same as a key that is absent.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct ProviderSettings {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl ProviderSettings {
            /// All keys, for suggesting one where another was written.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($name)),*];
        }
    };
}

// The macro keeps the list of keys and the fields from drifting apart.
settings! {
    /// Names the provider in URLs, in the accounts of a provider without ID tokens, and in the log.
    name: String,
    /// What the sign-in button says. Default: the name.
    display_name: Option<String>,
    /// A Font Awesome name, shown on the button.
    icon: Option<String>,
    /// A CSS colour, shown on the button.
    button_color: Option<String>,
    /// Our identifier at the provider.
    client_id: String,
    /// Our secret at the provider. Without one we are a public client.
    client_secret: Option<SecretString>,
    /// How we prove to be this client: `client_secret_basic` (the default with a secret; `client_secret` is the same),
    /// `client_secret_post`, `private_key_jwt`, `workload_identity` or `none`.
    client_auth_method: Option<String>,
    /// With `private_key_jwt`: a PEM file with the key that signs.
    private_key_file: Option<String>,
    /// With `workload_identity`: the file with the projected token. It must exist at start and is read again at each
    /// sign-in. `~` and `$NAME` are replaced.
    workload_identity_token_file: Option<String>,
    /// The discovery document, ending in `/.well-known/openid-configuration`. Makes the provider an OpenID provider.
    server_metadata_url: Option<String>,
    /// Where the browser is sent. Default: what discovery says.
    authorization_url: Option<String>,
    /// Where the code is redeemed. Default: what discovery says.
    token_url: Option<String>,
    /// What a relative `userinfo_endpoint` starts from.
    api_base_url: Option<String>,
    /// Where the person's profile is read. Default: what discovery says.
    userinfo_endpoint: Option<String>,
    /// The provider's exact issuer. Default: what `server_metadata_url` implies.
    issuer: Option<String>,
    /// The provider's keys. Default: what discovery says.
    jwks_uri: Option<String>,
    /// What we ask for, separated by blanks. Default: `openid email profile` with `server_metadata_url`, else
    /// `email profile`.
    scope: Option<String>,
    /// The claim that becomes the user name. Default: e-mail address, preferred user name, subject, in this order.
    username_claim: Option<String>,
    /// Claims of which at least one must match, each with a value or a list of values.
    additional_claims: Option<serde_json::Value>,
    /// The claim that lists the person's groups. Default: `groups`.
    group_claim: Option<String>,
    /// Whether an e-mail address that the provider has not verified may become a user name. Default: true.
    trust_email: Option<bool>,
    /// Whether the provider's certificate is checked. Default: true.
    ssl_cert_verification: Option<bool>,
    /// A PEM file with certificates to trust beside the system's.
    ca_file: Option<String>,
    /// PKCE is always used; this may only say `S256`. A public client must say it.
    challenge_method: Option<String>,
    /// May only be `code`. A public client must say it.
    response_type: Option<String>,
    /// How the provider answers: `query` (the default) or `form_post`.
    response_mode: Option<String>,
    /// Sent to the provider as it is, for example `select_account`.
    prompt: Option<String>,
    /// Where the browser goes at logout, with `{redirect_uri}` and `{id_token}` filled in. Wins over the provider's
    /// end-session endpoint.
    logout_url: Option<String>,
    /// The only algorithm accepted for ID tokens. Default: what discovery lists, or `RS256`.
    id_token_signing_alg: Option<String>,
    /// How far the provider's clock may be off. Default: `30s`.
    clock_skew: Option<String>,
}
