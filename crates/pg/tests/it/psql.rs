//! The splitter cuts as psql does, except that psql, reading line by line, misses that `E'a'` goes on with a string on
//! the next line.

use std::path::Path;
use std::process::Stdio;

use anyhow::Result;
use howdah_pg::split::{Strings, split};
use proptest::{
    collection::vec,
    sample::select,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
};

#[derive(serde::Deserialize)]
struct Vectors {
    split: Vec<(String, Vec<String>)>,
    /// With `standard_conforming_strings` off.
    split_escaping: Vec<(String, Vec<String>)>,
    /// What random scripts are made of, closed and unclosed.
    fragments: Vec<String>,
}

/// Where we cut otherwise than psql on purpose: it reads line by line, and only ours sees the line end that it drops.
const OTHERWISE: &[&str] = &["select E'a'\n 'b", "select E'a' -- goes on", "\r"];
/// What PostgreSQL reports for either kind of strings, of which [`COMPOSITIONS`] random scripts are tried each.
const SETTINGS: [(Strings, &str); 2] = [(Strings::Standard, "on"), (Strings::Escaping, "off")];

#[tokio::test]
async fn psql_sends_the_statements_that_we_see() -> Result<()> {
    let newest = tokio::task::spawn_blocking(howdah_testkit::psql).await??;
    compare_all(&newest).await?;
    // The machine's own is often an older one.
    let path = Path::new("psql");
    if Command::new(path).arg("--version").output().await.is_err() {
        return Ok(());
    }
    compare_all(path).await
}

async fn compare_all(psql: &Path) -> Result<()> {
    let vectors: Vectors = serde_json::from_str(include_str!("../split.json"))?;
    let scripts: Vec<_> = vectors.split.into_iter().chain(vectors.split_escaping).map(|(script, _)| script).collect();
    let random = compositions(vectors.fragments);
    for (strings, setting) in SETTINGS {
        let is_plain = |script: &&String| {
            split(script, strings).iter().all(|statement| statement.special.is_none()) && !script.contains("\\;")
        };
        let fixed = scripts.iter().filter(|script| !OTHERWISE.iter().any(|part| script.contains(part)));
        let scripts: Vec<_> = fixed.chain(&random).filter(is_plain).cloned().collect();
        for batch in scripts.chunks(BATCH) {
            let sent = sent_by_psql(psql, batch, setting).await?;
            assert_eq!(sent.len(), batch.len(), "psql went on after each script of {batch:?}");
            for (script, sent) in batch.iter().zip(sent) {
                compare(script, &sent, strings);
            }
        }
    }
    Ok(())
}

/// Scripts of random fragments, the same ones with every run.
fn compositions(fragments: Vec<String>) -> Vec<String> {
    let count = std::env::var("HOWDAH_PSQL_SCRIPTS").ok().and_then(|count| count.parse().ok()).unwrap_or(COMPOSITIONS);
    let mut runner = TestRunner::deterministic();
    let strategy = vec(select(fragments), 1..24);
    (0..count).filter_map(|_| strategy.new_tree(&mut runner).ok().map(|tree| tree.current().concat())).collect()
}

/// They take a second. More are tried where `HOWDAH_PSQL_SCRIPTS` says how many.
const COMPOSITIONS: usize = 500;
/// Scripts that one psql reads.
const BATCH: usize = 100;
/// Parts what was sent for one script from what was sent for the next.
const MARK: &str = "select 'the script has ended'";

fn compare(script: &str, sent: &[String], strings: Strings) {
    let ours: Vec<_> =
        split(script, strings).into_iter().map(|statement| script[statement.range].trim_end().to_owned()).collect();
    let mut theirs = Vec::new();
    for text in sent {
        // psql sends its semicolon and comments along, and what is nothing else.
        let statements = split(text, strings);
        assert!(statements.len() <= 1, "psql sends as one what we cut: {text:?} of {script:?}");
        theirs.extend(statements.into_iter().map(|statement| text[statement.range].trim_end().to_owned()));
    }
    // psql drops the end of the last line, which an unclosed string would keep, and empty lines between others.
    let lines = |text: &String| text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    let ours: Vec<_> = ours.iter().map(lines).collect();
    let theirs: Vec<_> = theirs.iter().map(lines).collect();
    assert_eq!(ours, theirs, "{script:?}");
}

/// What psql sends as Query messages for each script, heard by a listener that agrees to everything.
async fn sent_by_psql(psql: &Path, scripts: &[String], standard: &str) -> Result<Vec<Vec<String>>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port().to_string();
    let folder = tempfile::tempdir()?;
    let mut psql = Command::new(psql);
    psql.args(["-X", "-q", "-h", "127.0.0.1", "-p", &port, "-U", "a", "-d", "a"]);
    for (number, script) in scripts.iter().enumerate() {
        let file = folder.path().join(format!("{number}.sql"));
        std::fs::write(&file, script)?;
        psql.arg("-f").arg(file).args(["-c", MARK]);
    }
    let mut psql = psql
        .env("PGSSLMODE", "disable")
        .env("PGGSSENCMODE", "disable")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (mut stream, _) = listener.accept().await?;
    let mut sent = vec![Vec::new()];
    for query in hear(&mut stream, standard).await? {
        match sent.last_mut() {
            Some(script) if query != MARK => script.push(query),
            _ => sent.push(Vec::new()),
        }
    }
    psql.wait().await?;
    sent.pop();
    Ok(sent)
}

async fn hear(stream: &mut TcpStream, standard: &str) -> Result<Vec<String>> {
    let length = stream.read_u32().await?;
    let mut startup = vec![0; length as usize - 4];
    stream.read_exact(&mut startup).await?;
    let mut answer = b"R\0\0\0\x08\0\0\0\0".to_vec();
    let standard = format!("standard_conforming_strings\0{standard}\0");
    for setting in [standard.as_str(), "client_encoding\0UTF8\0", "server_version\x0015.0\0"] {
        answer.push(b'S');
        answer.extend_from_slice(&(u32::try_from(setting.len())? + 4).to_be_bytes());
        answer.extend_from_slice(setting.as_bytes());
    }
    answer.extend_from_slice(b"K\0\0\0\x0c\0\0\0\x01\0\0\0\x01Z\0\0\0\x05I");
    stream.write_all(&answer).await?;
    let mut queries = Vec::new();
    while let Ok(tag) = stream.read_u8().await {
        let length = stream.read_u32().await?;
        let mut body = vec![0; length as usize - 4];
        stream.read_exact(&mut body).await?;
        if tag == b'Q' {
            body.pop();
            queries.push(String::from_utf8(body)?);
            stream.write_all(b"I\0\0\0\x04Z\0\0\0\x05I").await?;
        }
    }
    Ok(queries)
}
