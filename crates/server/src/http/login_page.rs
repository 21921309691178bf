//! The login page and the other pages that the server writes itself. Plain HTML: they work without JavaScript.

use std::borrow::Cow;
use std::sync::LazyLock;

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use howdah_oidc::{ProviderConfig, SignInError};
use howdah_store::SignInAccountError;

use crate::app::App;
use crate::config::Source;
use crate::error::{ApiError, chain, sentence};
use crate::internal;
use crate::urls::{encode, safe_next};

const ERROR_HEADER: HeaderName = HeaderName::from_static("x-howdah-error");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A sign-in that failed, in words.
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    title: String,
    detail: String,
    facts: Vec<(String, String)>,
    /// What was typed as the user name, so that it need not be typed again.
    username: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { status, code, title: title.into(), detail: detail.into(), facts: Vec::new(), username: None }
    }

    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// No such sign-in is in progress in this browser.
    #[must_use]
    pub fn state_mismatch() -> Self {
        Self::from_provider(&SignInError::StateMismatch)
    }

    /// Too many sign-ins from one place.
    #[must_use]
    pub fn too_many_attempts() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_attempts",
            "Too many attempts",
            "There were too many failed sign-ins. Wait a minute or two, then try again.",
        )
    }

    /// What a provider or its answer is at fault for.
    #[must_use]
    pub fn from_provider(error: &SignInError) -> Self {
        let code = error.code();
        tracing::warn!(code, "a sign-in failed: {}", chain(error));
        let (status, title) = match error {
            SignInError::ClaimsNotAuthorized { provider, username, wanted, found, overage } => {
                return Self::not_authorized(provider, username, wanted, found, *overage);
            }
            SignInError::ProviderUnavailable { .. } => (StatusCode::BAD_GATEWAY, "The provider does not answer"),
            SignInError::StateMismatch => (StatusCode::BAD_REQUEST, "This sign-in is no longer valid"),
            _ => (StatusCode::BAD_REQUEST, "Sign-in failed"),
        };
        Self::new(status, code, title, sentence(&error.to_string()))
    }

    fn not_authorized(provider: &str, username: &str, wanted: &Values, found: &Values, overage: bool) -> Self {
        let lets_in = wanted
            .iter()
            .map(|(claim, values)| match claim.as_str() {
                "groups" => format!("members of {}", any_of(values)),
                _ => format!("people whose {claim} is {}", any_of(values)),
            })
            .collect::<Vec<_>>()
            .join(", or ");
        let mut detail = format!("{provider} knows you, but this console is for {lets_in}.");
        detail.push_str(if overage {
            " You are in so many groups that the provider did not list them: ask an administrator to have it send only the groups that are assigned to this application, then sign in again."
        } else {
            " Ask an administrator to add you, then sign in again."
        });
        let mut page =
            Self::new(StatusCode::FORBIDDEN, "claims_not_authorized", format!("No access for {username}"), detail);
        page.facts = found.iter().map(|(claim, values)| (format!("Your {claim}"), values.join(", "))).collect();
        page
    }

    /// What our own accounts are in the way of.
    #[must_use]
    pub fn from_account(error: &SignInAccountError, username: &str) -> Self {
        tracing::warn!(user.name = username, "a sign-in was refused: {error}");
        let (code, title, detail) = match error {
            SignInAccountError::NoAccount => (
                "no_account",
                "You have no account here",
                format!(
                    "The provider knows you as {username}, but accounts are not made by signing in. Ask an administrator of this Howdah for one."
                ),
            ),
            SignInAccountError::UsernameTaken => (
                "username_taken",
                "The username is taken",
                format!(
                    "Another person already has the username {username}. An administrator can link the two sign-ins or rename one."
                ),
            ),
            SignInAccountError::Disabled => (
                "account_disabled",
                "Your account is switched off",
                format!("The account {username} has been switched off. Ask an administrator of this Howdah."),
            ),
            SignInAccountError::Store(_) => (
                "internal",
                "Sign-in failed",
                "Howdah cannot reach its own store. Try again in a few seconds.".to_owned(),
            ),
        };
        Self::new(StatusCode::FORBIDDEN, code, title, detail)
    }

    /// A password that was not accepted, for `username`.
    #[must_use]
    pub fn from_internal(refusal: &internal::Refusal, username: &str) -> Self {
        let mut page = match refusal {
            internal::Refusal::TooManyAttempts => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_attempts",
                "Too many attempts",
                "There were too many wrong passwords. Wait a minute or two, then try again.",
            ),
            internal::Refusal::Disabled => Self::new(
                StatusCode::FORBIDDEN,
                "account_disabled",
                "Your account is switched off",
                "The account has been switched off. Ask an administrator of this Howdah.",
            ),
            internal::Refusal::NoUsername => Self::new(
                StatusCode::UNAUTHORIZED,
                "bad_credentials",
                "The user name is missing",
                "Enter your user name and your password.",
            ),
            internal::Refusal::NoPassword => Self::new(
                StatusCode::UNAUTHORIZED,
                "bad_credentials",
                "The password is missing",
                "Enter your password.",
            ),
            internal::Refusal::BadCredentials | internal::Refusal::Failed(_) => Self::new(
                StatusCode::UNAUTHORIZED,
                "bad_credentials",
                "Sign-in failed",
                "The user name or the password is wrong. Try again, or ask an administrator of this Howdah for a new password.",
            ),
        };
        page.username = Some(username.to_owned());
        page
    }
}

/// Claims with values, as they are shown.
type Values = [(String, Vec<String>)];

/// `a`, `b` or `c`
fn any_of(values: &[String]) -> String {
    match values {
        [] => String::new(),
        [one] => one.clone(),
        [firsts @ .., last] => format!("{} or {last}", firsts.join(", ")),
    }
}

/// The login page.
pub fn login_page(app: &App, next: Option<&str>) -> Response {
    render_login(app, next, None)
}

/// The login page with the reason why a sign-in failed.
pub fn refuse(app: &App, refusal: &Refusal, next: Option<&str>) -> Response {
    let mut response = render_login(app, next, Some(refusal));
    *response.status_mut() = refusal.status;
    response.headers_mut().insert(ERROR_HEADER, HeaderValue::from_static(refusal.code));
    response
}

/// The login page with what is wrong with Howdah itself; `username` need not be typed again.
pub fn trouble(app: &App, error: &ApiError, username: &str, next: Option<&str>) -> Response {
    let code = error.code();
    let title = "Howdah cannot sign you in at the moment";
    let mut refusal = Refusal::new(code.status(), code.name(), title, error.detail());
    refusal.username = Some(username.to_owned());
    let mut response = refuse(app, &refusal, next);
    mark(&mut response, error);
    response
}

/// A page of a few words about what Howdah could not do.
pub fn failure_page(app: &App, message: &Message, error: &ApiError) -> Response {
    let mut response = message_page(app, message);
    mark(&mut response, error);
    no_store(&mut response);
    response
}

/// What machines read of an error.
fn mark(response: &mut Response, error: &ApiError) {
    *response.status_mut() = error.code().status();
    if let Some(seconds) = error.retry_after_secs() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    // For whoever counts.
    response.extensions_mut().insert(error.code());
}

/// What a plain page says and offers.
pub struct Message {
    /// Its heading.
    pub title: &'static str,
    /// One or two sentences.
    pub text: Cow<'static, str>,
    /// A form of one button: where it goes, and what the button says.
    pub form: Option<(&'static str, &'static str)>,
    /// A way on: where, and its name.
    pub link: Option<(&'static str, &'static str)>,
}

impl Message {
    /// Words for a window that has served its purpose.
    #[must_use]
    pub fn close(title: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { title, text: text.into(), form: None, link: None }
    }
}

/// A page of a few words.
pub fn message_page(app: &App, message: &Message) -> Response {
    let Message { title, text, form, link } = message;
    render(&MessagePage { host: app.urls().host(), version: VERSION, help: help(app), title, text, form, link })
}

/// A page that sends `fields` on to `action` by itself, or by a button where scripts are off.
pub fn forward_page(app: &App, action: &str, fields: Vec<(String, String)>) -> Response {
    render(&ForwardPage { host: app.urls().host(), version: VERSION, help: help(app), action, fields })
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    host: String,
    version: &'static str,
    help: Option<&'a str>,
    lead: String,
    banner: Option<&'a str>,
    ways: Vec<Way>,
    next: String,
    username: &'a str,
    failure: Option<&'a Refusal>,
}

/// A part of the page, in the order of `auth.sources`.
enum Way {
    Providers(Vec<Button>),
    Internal { is_first: bool },
}

struct Button {
    url: String,
    display_name: String,
    color: String,
    ink: &'static str,
    icon: Icon,
}

/// What stands in a button's coloured square.
enum Icon {
    /// Drawn by its outline.
    Stroke(&'static str),
    /// Drawn by its area.
    Fill(&'static str),
    /// The first letter of the provider's name.
    Letter(char),
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    host: String,
    version: &'static str,
    help: Option<&'a str>,
    title: &'a str,
    text: &'a str,
    form: &'a Option<(&'static str, &'static str)>,
    link: &'a Option<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "forward.html")]
struct ForwardPage<'a> {
    host: String,
    version: &'static str,
    help: Option<&'a str>,
    action: &'a str,
    fields: Vec<(String, String)>,
}

fn render_login(app: &App, next: Option<&str>, failure: Option<&Refusal>) -> Response {
    let next = safe_next(next);
    let query = if next == "/" { String::new() } else { format!("?next={}", encode(&next)) };
    let config = app.config();
    let ways = config
        .auth
        .sources
        .iter()
        .enumerate()
        .map(|(index, source)| match source {
            Source::Internal => Way::Internal { is_first: index == 0 },
            Source::OAuth2 => {
                Way::Providers(app.providers().iter().map(|provider| button(provider.config(), &query)).collect())
            }
        })
        .collect();
    let lead = config.server.organization.as_ref().map_or_else(
        || "PostgreSQL, as yourself".to_owned(),
        |organization| format!("PostgreSQL console of {organization}"),
    );
    render(&LoginPage {
        host: app.urls().host(),
        version: VERSION,
        help: help(app),
        lead,
        banner: config.auth.login_banner.as_deref(),
        ways,
        next,
        username: failure.and_then(|failure| failure.username.as_deref()).unwrap_or_default(),
        failure,
    })
}

fn help(app: &App) -> Option<&str> {
    app.config().auth.help_url.as_ref().map(url::Url::as_str)
}

fn button(provider: &ProviderConfig, query: &str) -> Button {
    let (color, ink) = colors(provider.button_color());
    Button {
        url: format!("/oauth2/login/{}{query}", encode(provider.name())),
        display_name: provider.display_name().to_owned(),
        color,
        ink,
        icon: icon(provider.icon(), provider.display_name()),
    }
}

/// Drawings by name: brands from Simple Icons (CC0), others from Lucide (ISC), on a ground of 24 by 24.
static DRAWINGS: &str = include_str!("../../assets/icons.tsv");

/// Font Awesome's other names for a drawing of ours.
const ALIASES: &[(&str, &str)] = &[
    ("windows", "microsoft"),
    ("azure", "microsoftazure"),
    ("aws", "amazonaws"),
    ("amazon", "amazonaws"),
    ("google-plus", "google"),
    ("google-plus-g", "google"),
    ("github-alt", "github"),
    ("square-github", "github"),
    ("github-square", "github"),
    ("square-gitlab", "gitlab"),
    ("gitlab-square", "gitlab"),
    ("facebook-f", "facebook"),
    ("linkedin-in", "linkedin"),
    ("key-round", "key"),
    ("unlock", "lock"),
    ("user-lock", "lock"),
    ("shield-alt", "shield"),
    ("shield-halved", "shield"),
    ("user-shield", "shield"),
    ("user-group", "users"),
    ("people-group", "users"),
    ("user-circle", "user"),
    ("circle-user", "user"),
    ("id-badge", "id-card"),
    ("address-card", "id-card"),
    ("sign-in-alt", "enter"),
    ("right-to-bracket", "enter"),
    ("sign-in", "enter"),
    ("envelope", "mail"),
    ("home", "house"),
    ("database", "server"),
    ("th-large", "grid"),
];

/// The drawing that a Font Awesome name asks for: `fa-github`, `fab fa-github`, `github`. Else the first letter of the
/// provider's name.
fn icon(name: Option<&str>, display_name: &str) -> Icon {
    let name = name.unwrap_or_default().split_whitespace().map(|word| word.trim_start_matches("fa-")).find(|word| {
        !matches!(*word, "fa" | "fab" | "fas" | "far" | "fal" | "brands" | "solid" | "regular" | "light" | "lg" | "fw")
    });
    let drawing = name.and_then(|name| {
        let known = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, known)| known);
        DRAWINGS.lines().find_map(|line| line.strip_prefix(known)?.strip_prefix('\t')?.split_once('\t'))
    });
    match drawing {
        Some(("stroke", drawing)) => Icon::Stroke(drawing),
        Some((_, drawing)) => Icon::Fill(drawing),
        None => display_name
            .chars()
            .find(|character| character.is_alphanumeric())
            .map_or(Icon::Letter('?'), |letter| Icon::Letter(letter.to_uppercase().next().unwrap_or(letter))),
    }
}

/// The configured colour if it is one (anything else would be text in our markup), and an ink that can be read on it.
fn colors(configured: Option<&str>) -> (String, &'static str) {
    const NEUTRAL: &str = "#49515f";
    let color = configured
        .and_then(|color| csscolorparser::parse(color).ok())
        .unwrap_or_else(|| csscolorparser::parse(NEUTRAL).unwrap_or_default());
    let [red, green, blue, _] = color.to_rgba8();
    // WCAG 2.2, relative luminance and contrast ratio. A see-through colour is taken for its solid self.
    let channel = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
    let ink = if 1.05 / (luminance + 0.05) >= 4.5 { "#fff" } else { "#111" };
    (format!("#{red:02x}{green:02x}{blue:02x}"), ink)
}

fn render(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = Html(html).into_response();
            no_store(&mut response);
            response
        }
        Err(error) => ApiError::internal(&error).into_response(),
    }
}

/// Keeps an answer out of every cache.
pub fn no_store(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Adds a cookie to an answer.
pub fn set_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The styles of these pages: the web UI's tokens, their dark values also for browsers without scripts, and our own.
pub static PAGE_CSS: LazyLock<String> = LazyLock::new(|| {
    const TOKENS: &str = include_str!("../../../../web/src/styles/tokens.css");
    const DARK: &str = "[data-theme=\"dark\"] {";
    let dark = TOKENS
        .split_once(DARK)
        .and_then(|(_, rest)| rest.split_once("\n}"))
        .map(|(dark, _)| format!("\n@media (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{{dark}\n}} }}\n"))
        .unwrap_or_default();
    format!("{TOKENS}{dark}{}", include_str!("../../assets/page.css"))
});

#[cfg(test)]
mod tests {
    use super::{DRAWINGS, Icon, PAGE_CSS, colors, icon};

    #[test]
    fn a_font_awesome_name_finds_its_drawing() {
        let check = |name: &str, expected: bool| {
            assert_eq!(!matches!(icon(Some(name), "Corp"), Icon::Letter(_)), expected, "{name}");
        };
        for name in
            ["fa-github", "fab fa-github", "fa-brands fa-microsoft", "github", "fa-key", "fa-windows", "fa-lock"]
        {
            check(name, true);
        }
        check("fa-no-such-icon", false);
        check("fa-", false);
        check("", false);
        assert!(matches!(icon(None, "  élan"), Icon::Letter('É')));
        assert!(matches!(icon(None, "…"), Icon::Letter('?')));
    }

    #[test]
    fn every_alias_leads_to_a_drawing() {
        for (alias, known) in super::ALIASES {
            assert!(DRAWINGS.lines().any(|line| line.starts_with(&format!("{known}\t"))), "{alias} → {known}");
        }
    }

    #[test]
    fn ink_can_be_read_on_every_colour() {
        let check = |color: &str, expected: (&str, &str)| {
            let (ground, ink) = colors(Some(color));
            assert_eq!((ground.as_str(), ink), expected, "{color}");
        };
        check("#0078d4", ("#0078d4", "#fff"));
        check("yellow", ("#ffff00", "#111"));
        check("rgb(255 255 255)", ("#ffffff", "#111"));
        check("#000", ("#000000", "#fff"));
        check("red", ("#ff0000", "#111"));
        check("\"><script>", ("#49515f", "#fff"));
        assert_eq!(colors(None).0, "#49515f");
    }

    #[test]
    fn pages_are_dark_without_a_script_too() {
        assert!(PAGE_CSS.contains("@media (prefers-color-scheme: dark) { :root:not([data-theme]) {"));
    }
}
