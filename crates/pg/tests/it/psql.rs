//! The splitter cuts as psql does, except that psql, reading line by line, misses that `E'a'` goes on with a string on
//! the next line.

use std::process::Stdio;

use anyhow::{Context, Result};
use howdah_pg::split::split;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
};

const SCRIPTS: &[&str] = &[
    "select 1; select 2",
    "select ';' , \";\" -- ; \n, $$;$$; /* ; /* ; */ ; */ select $a$;$$;$a$ ; ;; select 3;",
    "select 'a\\'; select E'a\\';' ; select e'b''\\\\'; select b'01', x'1f', n'a;', u&'\\0041;';",
    "create rule r as on insert to t do also (select 1; select 2); select 3;",
    "create or replace function f() returns int language sql begin atomic select 1; select case when true then 2 end; end; select 4;",
    "create procedure p() begin atomic insert into t values (1); end; begin; select 1; end;",
    "select a$b$;x$b$; select $1; select $é$;$é$; select 1$$;$$;",
    "select (1; 2); select [1]; select 1::int; select :a, 'it''s;', \"a\"\";\";",
    "select 'é;😀'; sélect 1; select\t1\u{b};\r\nselect 2;",
    "do $do$ begin perform 1; end $do$; select 'unclosed; select 1;",
];

#[tokio::test]
async fn psql_sends_the_statements_that_we_see() -> Result<()> {
    if Command::new("psql").arg("--version").output().await.is_err() {
        eprintln!("psql is not on the PATH: nothing is compared");
        return Ok(());
    }
    for script in SCRIPTS {
        let sent = sent_by_psql(script).await?;
        // psql sends its semicolon and comments along.
        let theirs: Vec<String> = sent
            .iter()
            .flat_map(|text| split(text).into_iter().map(|statement| text[statement.range].to_owned()))
            .collect();
        assert!(theirs.len() <= sent.len(), "psql sent several at once: {sent:?}");
        let ours: Vec<&str> = split(script).into_iter().map(|statement| &script[statement.range]).collect();
        assert_eq!(ours, theirs, "{script}");
    }
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
