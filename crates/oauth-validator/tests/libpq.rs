//! PostgreSQL's own client, as the measure of ours: libpq 18 gets in by the same token, to the same server.

#![cfg(target_os = "linux")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow, ensure};
use howdah_testkit::{Major, OAuth, Postgres, TokenSigner};
use serde_json::json;

const ISSUER: &str = "https://issuer.example";
/// `CONNECTION_OK`
const CONNECTED: c_int = 0;
/// `PQAUTHDATA_OAUTH_BEARER_TOKEN`
const BEARER_TOKEN: c_int = 1;
const RTLD_NOW: c_int = 2;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// `PGoauthBearerRequest`
#[repr(C)]
struct BearerRequest {
    openid_configuration: *const c_char,
    scope: *const c_char,
    asynchronous: *mut c_void,
    cleanup: *mut c_void,
    token: *const c_char,
    user: *mut c_void,
}

type Hook = unsafe extern "C" fn(c_int, *mut c_void, *mut c_void) -> c_int;

static TOKEN: OnceLock<CString> = OnceLock::new();
/// What libpq learnt of the server: where the issuer describes itself, and the scope.
static LEARNT: Mutex<Option<(String, String)>> = Mutex::new(None);

unsafe extern "C" fn hook(kind: c_int, _connection: *mut c_void, data: *mut c_void) -> c_int {
    let (BEARER_TOKEN, Some(token)) = (kind, TOKEN.get()) else { return 0 };
    // SAFETY: libpq's promise for this kind; both texts are zero-terminated or null.
    let (request, url, scope) = unsafe {
        let request = &mut *data.cast::<BearerRequest>();
        let (url, scope) = (text(request.openid_configuration), text(request.scope));
        (request, url, scope)
    };
    *LEARNT.lock().unwrap_or_else(PoisonError::into_inner) = Some((url, scope));
    request.token = token.as_ptr();
    1
}

/// # Safety
///
/// The text must be zero-terminated, or null.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The functions of libpq that are called here.
struct LibPq {
    set_auth_data_hook: unsafe extern "C" fn(Hook),
    connectdb: unsafe extern "C" fn(*const c_char) -> *mut c_void,
    status: unsafe extern "C" fn(*const c_void) -> c_int,
    error_message: unsafe extern "C" fn(*const c_void) -> *const c_char,
    exec: unsafe extern "C" fn(*mut c_void, *const c_char) -> *mut c_void,
    get_value: unsafe extern "C" fn(*const c_void, c_int, c_int) -> *const c_char,
    clear: unsafe extern "C" fn(*mut c_void),
    finish: unsafe extern "C" fn(*mut c_void),
}

impl LibPq {
    fn load(path: &Path) -> Result<Self> {
        let path = CString::new(path.to_string_lossy().as_bytes())?;
        // SAFETY: a library without surprises at its start.
        let library = unsafe { dlopen(path.as_ptr(), RTLD_NOW) };
        ensure!(!library.is_null(), "libpq does not load");
        let find = |name: &CStr| {
            // SAFETY: the library stays loaded.
            let found = unsafe { dlsym(library, name.as_ptr()) };
            if found.is_null() { Err(anyhow!("libpq has no {name:?}")) } else { Ok(found) }
        };
        // SAFETY: the signatures are those of libpq-fe.h.
        unsafe {
            Ok(Self {
                set_auth_data_hook: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(Hook)>(find(
                    c"PQsetAuthDataHook",
                )?),
                connectdb: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(*const c_char) -> *mut c_void>(
                    find(c"PQconnectdb")?,
                ),
                status: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(*const c_void) -> c_int>(find(
                    c"PQstatus",
                )?),
                error_message: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(*const c_void) -> *const c_char>(
                    find(c"PQerrorMessage")?,
                ),
                exec: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void, *const c_char) -> *mut c_void>(
                    find(c"PQexec")?,
                ),
                get_value: std::mem::transmute::<
                    *mut c_void,
                    unsafe extern "C" fn(*const c_void, c_int, c_int) -> *const c_char,
                >(find(c"PQgetvalue")?),
                clear: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void)>(find(c"PQclear")?),
                finish: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void)>(find(c"PQfinish")?),
            })
        }
    }

    /// The answer to a question, or libpq's words why there is none.
    fn ask(&self, connection: &str, question: &str) -> Result<Result<String, String>> {
        let (connection, question) = (CString::new(connection)?, CString::new(question)?);
        // SAFETY: in the order that the manual asks for; what libpq answers is copied before it is freed.
        unsafe {
            (self.set_auth_data_hook)(hook);
            let connection = (self.connectdb)(connection.as_ptr());
            let answer = if (self.status)(connection) == CONNECTED {
                let result = (self.exec)(connection, question.as_ptr());
                let value = text((self.get_value)(result, 0, 0));
                (self.clear)(result);
                Ok(value)
            } else {
                Err(text((self.error_message)(connection)))
            };
            (self.finish)(connection);
            Ok(answer)
        }
    }
}

fn libpq_path() -> PathBuf {
    let testkit = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("testkit");
    testkit.join("node_modules/postgres-18/native/lib/libpq.so.5")
}

#[tokio::test]
async fn libpq_gets_in_by_a_token() -> Result<()> {
    let signer = TokenSigner::generate()?;
    let server = Postgres::builder(Major::V18)
        .tls()
        .oauth(OAuth {
            issuer: ISSUER.to_owned(),
            audience: None,
            scope: Some("pg".to_owned()),
            claim: "sub".to_owned(),
            key_set: signer.key_set().to_string(),
        })
        .hba(&format!("hostssl all all 127.0.0.1/32 oauth issuer=\"{ISSUER}\" scope=\"openid pg\""))
        .start()
        .await?;
    server.execute("postgres", "create role ada login; create role grace login").await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let token = signer.sign(&json!({ "iss": ISSUER, "scope": "openid pg", "sub": "ada", "exp": now + 60 }))?;
    TOKEN.get_or_init(|| CString::new(token).unwrap_or_default());

    let directory = tempfile::tempdir()?;
    let root = directory.path().join("ca.crt");
    std::fs::write(&root, server.ca_pem())?;
    let connection = |user: &str, issuer: &str| {
        format!(
            "host=localhost hostaddr=127.0.0.1 port={} dbname=postgres user={user} sslmode=verify-full sslrootcert={} \
             oauth_issuer={issuer} oauth_client_id=howdah",
            server.port(),
            root.display()
        )
    };
    let libpq = LibPq::load(&libpq_path())?;
    let answer = libpq.ask(&connection("ada", ISSUER), "select system_user")?;
    assert_eq!(answer.as_deref(), Ok("oauth:ada"));
    let learnt = LEARNT.lock().unwrap_or_else(PoisonError::into_inner).take();
    let url = format!("{ISSUER}/.well-known/openid-configuration");
    assert_eq!(learnt, Some((url, "openid pg".to_owned())));

    // As ours, it refuses to follow a server to another issuer, and is refused with somebody else's token.
    let answer = libpq.ask(&connection("ada", "https://other.example"), "select 1")?;
    ensure!(answer.as_ref().is_err_and(|words| words.contains("incompatible with oauth_issuer")), "{answer:?}");
    let answer = libpq.ask(&connection("grace", ISSUER), "select 1")?;
    ensure!(answer.as_ref().is_err_and(|words| words.contains("OAuth bearer authentication failed")), "{answer:?}");
    Ok(())
}
