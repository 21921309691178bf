//! Where a browser comes back to when a person has done something for a database credential.

use axum::extract::State;
use axum::response::Response;
use howdah_credentials::{RedirectAnswer, Refusal};
use secrecy::SecretString;
use url::form_urlencoded;

use super::login_page::{Message, message_page};
use crate::app::App;
use crate::error::{chain, sentence};
use crate::session::{self, Client, Use};

/// A window that was opened for a credential is done.
pub async fn done(State(app): State<App>) -> Response {
    message_page(&app, &Message::close("Done", "Your connection goes on by itself in the other window."))
}

/// Takes in the answer to a flow of the broker, if it is one: of the person who is signed in in this browser.
pub async fn take_redirect(app: &App, client: &Client, query: &str) -> Option<Response> {
    let parameter = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let state = parameter("state")?;
    let signed_in = session::authenticate(app, client, Use::Counts).await.ok().flatten()?;
    let person = signed_in.person();
    if !app.broker().awaits_redirect(&person, &state) {
        return None;
    }
    let outcome = match parameter("code").filter(|code| !code.is_empty()) {
        Some(code) => Ok(SecretString::from(code)),
        None => Err(Refusal {
            error: parameter("error").unwrap_or_else(|| "no code".to_owned()),
            description: parameter("error_description"),
        }),
    };
    let answer = RedirectAnswer { outcome, issuer: parameter("iss") };
    Some(match app.broker().complete_redirect(&person, &state, answer).await {
        Ok(()) => message_page(app, &Message::close("Done", "Your connection goes on by itself in the other window.")),
        Err(error) => {
            tracing::warn!(session.id = %signed_in.session_id, "a credential could not be obtained: {}", chain(&error));
            message_page(app, &Message::close("That did not work", sentence(&error.to_string())))
        }
    })
}
