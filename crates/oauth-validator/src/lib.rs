//! A validator for PostgreSQL 18's `oauth` authentication, for tests and the demo: PostgreSQL has none of its own.
//!
//! It accepts JWTs signed by RS256 or ES256 whose issuer, audience and scope are those of the settings
//! `howdah_oauth.issuer`, `.audience` and `.scope`, by keys of the file `howdah_oauth.jwks_file`. The identity is the
//! claim `howdah_oauth.claim`, by default `sub`.
//!
//! PostgreSQL's headers are not needed: what is used of its interface (manual, chapter 50, and `fmgr.h`) is declared here.
//! It is the one of PostgreSQL 18, which refuses to load a module whose magic block differs from its own.

mod token;

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::time::{SystemTime, UNIX_EPOCH};

use token::Rules;

/// `Pg_abi_values`
#[repr(C)]
pub struct AbiValues {
    version: c_int,
    function_max_arguments: c_int,
    index_max_keys: c_int,
    name_data_length: c_int,
    float8_by_value: c_int,
    extra: [u8; 32],
}

/// `Pg_magic_struct`
#[repr(C)]
pub struct Magic {
    length: c_int,
    abi: AbiValues,
    name: *const c_char,
    version: *const c_char,
}

// SAFETY: nothing changes it, and its pointers are null.
unsafe impl Sync for Magic {}

/// `ValidatorModuleState`
#[repr(C)]
pub struct State {
    server_version: c_int,
    private_data: *mut c_void,
}

/// `ValidatorModuleResult`
#[repr(C)]
pub struct Outcome {
    authorized: bool,
    authenticated_identity: *mut c_char,
}

/// `OAuthValidatorCallbacks`
#[repr(C)]
pub struct Callbacks {
    magic: u32,
    startup: Option<extern "C" fn(*mut State)>,
    shutdown: Option<extern "C" fn(*mut State)>,
    validate: unsafe extern "C" fn(*const State, *const c_char, *const c_char, *mut Outcome) -> bool,
}

// The server has these.
unsafe extern "C" {
    fn pstrdup(text: *const c_char) -> *mut c_char;
    fn GetConfigOption(name: *const c_char, missing_ok: bool, restrict_privileged: bool) -> *const c_char;
}

static MAGIC: Magic = Magic {
    length: size_of::<Magic>() as c_int,
    abi: AbiValues {
        version: 1800,
        function_max_arguments: 100,
        index_max_keys: 32,
        name_data_length: 64,
        float8_by_value: 1,
        extra: *b"PostgreSQL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    },
    name: ptr::null(),
    version: ptr::null(),
};

static CALLBACKS: Callbacks = Callbacks { magic: 0x2025_0220, startup: None, shutdown: None, validate };

/// What the module was built for.
#[unsafe(no_mangle)]
pub extern "C" fn Pg_magic_func() -> *const Magic {
    &raw const MAGIC
}

/// What the module does.
#[unsafe(no_mangle)]
pub extern "C" fn _PG_oauth_validator_module_init() -> *const Callbacks {
    &raw const CALLBACKS
}

/// Judges a token. `false` would be a fault of ours; a token that is not good is an outcome.
///
/// # Safety
///
/// Called by PostgreSQL, with a zero-terminated token and a result to fill.
unsafe extern "C" fn validate(
    _state: *const State,
    token: *const c_char,
    _role: *const c_char,
    outcome: *mut Outcome,
) -> bool {
    let Some(rules) = rules() else { return false };
    // SAFETY: PostgreSQL's promise.
    let (token, outcome) = unsafe { (CStr::from_ptr(token), &mut *outcome) };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    outcome.authorized = false;
    let identity = token.to_str().ok().and_then(|token| rules.identity(token, now));
    if let Some(identity) = identity.and_then(|identity| CString::new(identity).ok()) {
        // SAFETY: the copy is PostgreSQL's, in its own memory.
        outcome.authenticated_identity = unsafe { pstrdup(identity.as_ptr()) };
        outcome.authorized = true;
    }
    true
}

fn rules() -> Option<Rules> {
    Some(Rules {
        keys: serde_json::from_slice(&std::fs::read(setting(c"howdah_oauth.jwks_file")?).ok()?).ok()?,
        issuer: setting(c"howdah_oauth.issuer")?,
        audience: setting(c"howdah_oauth.audience"),
        scope: setting(c"howdah_oauth.scope"),
        claim: setting(c"howdah_oauth.claim").unwrap_or_else(|| "sub".to_owned()),
    })
}

fn setting(name: &CStr) -> Option<String> {
    // SAFETY: the name ends with a zero; the server answers null or a text that lives until settings next change.
    let value = unsafe {
        let value = GetConfigOption(name.as_ptr(), true, false);
        if value.is_null() {
            return None;
        }
        CStr::from_ptr(value)
    };
    value.to_str().ok().filter(|value| !value.is_empty()).map(str::to_owned)
}
