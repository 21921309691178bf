//! `docs/config.md`, written from the table of keys.

use std::fmt::Write as _;

use super::keys::{self, Key};

/// The reference of the config as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "<!-- Written from crates/server/src/config/keys.rs by `cargo xtask codegen`. -->\n\n# Config reference\n\n\
         The config is one TOML file: `--config`, else `$HOWDAH_CONFIG`, else `./howdah.toml`, else `/etc/howdah/howdah.toml`;\n\
         without any of these, what the environment sets is the whole config.\n\
         Every key can also come from the environment: `HOWDAH_` and the path in capitals, levels and positions joined by\n\
         `__` (`HOWDAH_SERVER__LISTEN`, `HOWDAH_AUTH__OAUTH2__0__CLIENT_ID`). The environment wins over the file. Every key\n\
         that holds a secret has a `_file` twin that names a file to read it from; setting both, wherever, is an error. An\n\
         unknown key is an error. `howdah check-config` reports every problem at once, without using the network.\n",
    );
    let mut section = "";
    for key in keys::all() {
        let (table, _) = split(key);
        if table != section {
            section = table;
            let heading = match table.strip_suffix("[]") {
                Some(array) => format!("[[{array}]]"),
                None => format!("[{}]", table.replace("[]", "")),
            };
            // Writing to a String cannot fail.
            let _ =
                write!(text, "\n## `{heading}`\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
        }
        let _ = writeln!(text, "{}", row(key));
    }
    text
}

fn row(key: &Key) -> String {
    let (_, name) = split(key);
    let twin = if key.secret { format!(", `{name}_file`") } else { String::new() };
    let default = if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
    format!("| `{name}`{twin} | {} | {default} | {} |", key.kind.describe(), key.doc)
}

fn split(key: &Key) -> (&'static str, &'static str) {
    key.path.rsplit_once('.').unwrap_or(("", key.path))
}
