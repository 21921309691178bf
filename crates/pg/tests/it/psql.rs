//! The splitter cuts as psql does, except that psql, reading line by line, misses that `E'a'` goes on with a string on
//! the next line.

use std::process::Stdio;

use anyhow::{Context, Result};
use howdah_pg::split::split;
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
}

/// Where we cut otherwise than psql on purpose: it reads line by line, takes every `BEGIN` in a function for an
/// `ATOMIC` one, and reads only `BEGIN … END` of its own statement.
const OTHERWISE: &[&str] = &["select E'a'\n 'b", "select E'a' -- goes on", "create function begin()", "\r"];

#[tokio::test]
async fn psql_sends_the_statements_that_we_see() -> Result<()> {
    if Command::new("psql").arg("--version").output().await.is_err() {
        eprintln!("psql is not on the PATH: nothing is compared");
        return Ok(());
    }
    let vectors: Vectors = serde_json::from_str(include_str!("../split.json"))?;
    let fixed = vectors.split.into_iter().map(|(script, _)| script);
    let is_comparable = |script: &String| {
        !script.contains('\\') && !script.starts_with("copy") && !OTHERWISE.iter().any(|part| script.contains(part))
    };
    for script in fixed.filter(is_comparable).chain(compositions()) {
        compare(&script).await?;
    }
    Ok(())
}

/// What scripts are made of, closed and unclosed.
const FRAGMENTS: &[&str] = &[
    "select ",
    "1",
    "a",
    ";",
    ";",
    "; ",
    "\n",
    " ",
    "'",
    "''",
    "'b;'",
    "e'\\';'",
    "E'\\\\'",
    "\"",
    "\";\"",
    "$$",
    "$$;$$",
    "$x$",
    "$1",
    "a$x$",
    "é",
    "😀",
    "/*",
    "*/",
    "/* ; */",
    "-- ; ",
    "--\n",
    "(",
    ")",
    "(1; 2)",
    "case ",
    "end ",
    "begin; ",
    ";create function f() returns int begin atomic ",
    ";create or replace procedure p() begin atomic ",
    "u&'\\0041;'",
    "1.5e3",
    // Behind a name of psql's own variables a dollar quote begins, behind a word none.
    ":x ",
    "::",
    "[",
    "]",
    "=-",
    "@",
];

/// Scripts of random fragments, the same ones with every run.
fn compositions() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let strategy = vec(select(FRAGMENTS), 1..16);
    (0..COMPOSITIONS).filter_map(|_| strategy.new_tree(&mut runner).ok().map(|tree| tree.current().concat())).collect()
}

/// So many take some seconds.
const COMPOSITIONS: usize = 200;

async fn compare(script: &str) -> Result<()> {
    let ours = split(script);
    if ours.iter().any(|statement| statement.special.is_some()) {
        // A command of psql in the midst of a statement, which ends it here.
        return Ok(());
    }
    let ours: Vec<&str> = ours.into_iter().map(|statement| script[statement.range].trim_end()).collect();
    let mut theirs = Vec::new();
    for text in sent_by_psql(script).await? {
        // psql sends its semicolon and comments along, and what is nothing else.
        let statements = split(&text);
        assert!(statements.len() <= 1, "psql sends as one what we cut: {text:?} of {script:?}");
        theirs.extend(statements.into_iter().map(|statement| text[statement.range].trim_end().to_owned()));
    }
    // psql drops the end of the last line, which an unclosed string would keep, and empty lines between others.
    let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    let ours: Vec<_> = ours.into_iter().map(lines).collect();
    let theirs: Vec<_> = theirs.iter().map(|text| lines(text)).collect();
    assert_eq!(ours, theirs, "{script:?}");
    Ok(())
}

/// What psql sends as Query messages for a script, heard by a listener that agrees to everything.
async fn sent_by_psql(script: &str) -> Result<Vec<String>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port().to_string();
    let mut psql = Command::new("psql")
        .args(["-X", "-q", "-h", "127.0.0.1", "-p", &port, "-U", "a", "-d", "a", "-f", "-"])
        .env("PGSSLMODE", "disable")
        .env("PGGSSENCMODE", "disable")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = psql.stdin.take().context("it is piped")?;
    input.write_all(script.as_bytes()).await?;
    drop(input);
    let (mut stream, _) = listener.accept().await?;
    let queries = hear(&mut stream).await?;
    psql.wait().await?;
    Ok(queries)
}

async fn hear(stream: &mut TcpStream) -> Result<Vec<String>> {
    let length = stream.read_u32().await?;
    let mut startup = vec![0; length as usize - 4];
    stream.read_exact(&mut startup).await?;
    let mut answer = b"R\0\0\0\x08\0\0\0\0".to_vec();
    for setting in ["standard_conforming_strings\0on\0", "client_encoding\0UTF8\0", "server_version\x0015.0\0"] {
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
