//! Processes and databases that die. The other processes of these tests are this very program, started again for
//! the one test at the end, which is told by an environment variable what to do.

use std::future::poll_fn;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::task::Poll;

use anyhow::{Context, Result, ensure};
use howdah_store::{Clock, SignInAccountError, Store, StoreError, UnknownPerson};
use howdah_testkit::{Major, Postgres};

use crate::support::{FROM_NOWHERE, LIMITS, TestDatabase, definition, on_both, postgres_url, sign_in};

const TASK: &str = "HOWDAH_STORE_TEST_TASK";
const URL: &str = "HOWDAH_STORE_TEST_URL";

/// Marks the lines of a child among those of its test harness.
const MARK: &str = "child: ";

/// Another process that uses a store. Killed when dropped.
pub(crate) struct Child {
    process: std::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(task: &str, url: &str) -> Result<Self> {
        Self::start_by(Command::new(std::env::current_exe()?), task, url)
    }

    /// As [`Child::start`], with files that cannot grow beyond so many blocks, as on a disk that is full then.
    fn start_with_little_room(blocks: u32, task: &str, url: &str) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" \"$@\"")]);
        shell.arg(std::env::current_exe()?);
        Self::start_by(shell, task, url)
    }

    fn start_by(mut command: Command, task: &str, url: &str) -> Result<Self> {
        let mut process = command
            .args(["--exact", "durability::what_a_child_does", "--nocapture"])
            .env(TASK, task)
            .env(URL, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = process.stdin.take().context("has an input")?;
        let output = BufReader::new(process.stdout.take().context("has an output")?);
        Ok(Self { process, input, output })
    }

    pub(crate) fn say(&mut self, line: &str) -> Result<()> {
        Ok(writeln!(self.input, "{line}")?)
    }

    /// The next line that the child says; `None` when it has ended.
    pub(crate) fn line(&mut self) -> Result<Option<String>> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            // The harness may have begun the line. One that the child's death cut short is not said.
            if let Some((_, said)) = line.split_once(MARK)
                && let Some(said) = said.strip_suffix('\n')
            {
                return Ok(Some(said.to_owned()));
            }
            line.clear();
        }
        Ok(None)
    }

    pub(crate) fn expect_line(&mut self, expected: &str) -> Result<()> {
        let line = self.line()?;
        ensure!(line.as_deref() == Some(expected), "expected {expected}, got {line:?}");
        Ok(())
    }

    pub(crate) fn wait(&mut self) -> Result<()> {
        let status = self.process.wait()?;
        ensure!(status.success(), "ended with {status}");
        Ok(())
    }

    /// Lets its files grow again.
    fn allow_any_size(&self) -> Result<()> {
        let pid = self.process.id().to_string();
        let status = Command::new("prlimit").args(["--fsize=unlimited:unlimited", "--pid", &pid]).status()?;
        ensure!(status.success(), "prlimit ended with {status}");
        Ok(())
    }

    /// `kill -9`.
    fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended; then there is nothing to do.
        let _ = self.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_killed_process() -> Result<()> {
    for database in TestDatabase::both().await? {
        let mut acknowledged = Vec::new();
        for round in 0..3 {
            let mut child = Child::start("sign in", &database.url)?;
            child.expect_line("ready")?;
            child.say(&format!("round {round}"))?;
            for _ in 0..20 {
                acknowledged.push(child.line()?.context("the child has ended")?);
            }
            // In the middle of whatever it does now.
            child.kill()?;
            while let Some(line) = child.line()? {
                acknowledged.push(line);
            }
        }
        let store = Store::open(&database.url.parse()?, Clock::system()).await.context(database.name)?;
        for username in &acknowledged {
            let subject = sign_in(username).subject;
            let found = store.account_for_identity("https://id.example", &subject).await?;
            let account = found.with_context(|| format!("{}: {username} is lost", database.name))?;
            assert_eq!(store.sessions_of(&account.id).await?.len(), 1, "{}: {username}", database.name);
        }
        if database.file().is_some() {
            let mut connection = database.connect().await?;
            let verdict = sqlx::query_scalar::<_, String>("pragma integrity_check").fetch_one(&mut connection);
            assert_eq!(verdict.await?, "ok");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_is_told_and_nothing_acknowledged_is_lost() -> Result<()> {
    let database = TestDatabase::sqlite()?;
    Store::open(&database.url.parse()?, Clock::system()).await?.close().await;
    let mut child = Child::start_with_little_room(4096, "sign in", &database.url)?;
    child.expect_line("ready")?;
    child.say("fill")?;
    let mut acknowledged = Vec::new();
    let last = loop {
        let line = child.line()?.context("the child has ended")?;
        if line.starts_with("failed") {
            break line;
        }
        acknowledged.push(line);
    };
    assert_eq!(last, "failed, unavailable: true, full: true");
    assert!(acknowledged.len() > 20, "{}", acknowledged.len());
    child.expect_line("readable: true")?;
    // There is room again, for the process that goes on and for the next.
    child.expect_line("more")?;
    child.allow_any_size()?;
    child.say("room")?;
    child.expect_line("written: 10 of 10")?;
    child.kill()?;
    let found = Store::check(&database.url.parse()?).await?;
    assert_eq!(found.problems, Vec::<String>::new());
    let store = Store::open(&database.url.parse()?, Clock::system()).await?;
    for username in &acknowledged {
        let account = store.account_for_identity("https://id.example", &sign_in(username).subject).await?;
        assert!(account.is_some(), "{username} is lost");
    }
    store.sign_in_account(&sign_in("later"), UnknownPerson::Create).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_is_told_from_other_failures_and_used_again_when_it_is_back() -> Result<()> {
    let server = Postgres::start(Major::V18).await?;
    let database = server.create_database().await?;
    let store = Store::open(&postgres_url(&server, &database).parse()?, Clock::system()).await?;
    let person = sign_in("ada");
    let ada = store.sign_in_account(&person, UnknownPerson::Create).await?;

    server.kill().await?;
    let error = store.ping().await.expect_err("nobody is there");
    assert!(error.is_unavailable(), "{error:?}");
    let error = store.account(&ada.id).await.expect_err("nobody is there");
    assert!(error.is_unavailable(), "{error:?}");

    server.start_again().await?;
    assert_eq!(store.account(&ada.id).await?, Some(ada));
    store.ping().await?;

    // A failure that waiting does not mend.
    server.execute(&database, "drop table identities").await?;
    let error = store.account_for_identity("issuer", "subject").await.expect_err("the table is gone");
    assert!(!error.is_unavailable(), "{error:?}");
    Ok(())
}

/// Polls a future so many times and then drops it, as when the browser has gone that a request was for.
async fn give_up_after(polls: u32, future: impl Future) -> bool {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_given_up_happen_wholly_or_not_at_all_and_block_nobody() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let mut finished = 0;
        // Far more polls than a call takes, so that it is given up between any two of its steps.
        for polls in 0..30 {
            for round in 0..3 {
                let name = format!("{round} after {polls}");
                let definition = definition("g", &name);
                // Leaves a connection at hand: making one takes hundreds of polls.
                test.store.ping().await?;
                finished += u32::from(give_up_after(polls, test.store.create_server(&ada, &definition)).await);
                let person = sign_in(&name);
                test.store.ping().await?;
                let signing_in = test.store.sign_in_account(&person, UnknownPerson::Create);
                give_up_after(polls, signing_in).await;
            }
        }
        assert!(finished > 0, "none was let finish");
        // Nobody's transaction is left open: everybody else can write.
        test.another().await?.create_server(&ada, &definition("g", "after")).await?;
        let halves = "select count(*) from accounts where id not in (select account_id from identities)
                      or last_sign_in_at is null";
        assert_eq!(test.database.number(halves).await?, 0);
        Ok(())
    })
    .await
}

/// Does nothing, unless another test has started this program to do something to a store.
#[tokio::test]
async fn what_a_child_does() -> Result<()> {
    let (Ok(task), Ok(url)) = (std::env::var(TASK), std::env::var(URL)) else {
        return Ok(());
    };
    match task.as_str() {
        "open" => {
            ask("ready")?;
            Store::open(&url.parse()?, Clock::system()).await?;
            say("opened")
        }
        "sign in" => {
            let store = Store::open(&url.parse()?, Clock::system()).await?;
            let round = ask("ready")?;
            for number in 0..u64::MAX {
                let username = format!("{round} person {number}");
                if let Err(error) = begin_session(&store, &username).await {
                    return tell_failure(&store, &round, &error).await;
                }
                say(&username)?;
            }
            Ok(())
        }
        _ => anyhow::bail!("unknown task {task}"),
    }
}

async fn begin_session(store: &Store, username: &str) -> Result<(), StoreError> {
    let account = match store.sign_in_account(&sign_in(username), UnknownPerson::Create).await {
        Err(SignInAccountError::Store(error)) => return Err(error),
        others => others.expect("a new person may sign in"),
    };
    store.create_session(&account.id, b"", LIMITS, &FROM_NOWHERE).await?;
    Ok(())
}

async fn tell_failure(store: &Store, round: &str, error: &StoreError) -> Result<()> {
    say(&format!("failed, unavailable: {}, full: {}", error.is_unavailable(), error.is_full()))?;
    let first = sign_in(&format!("{round} person 0")).subject;
    let found = store.account_for_identity("https://id.example", &first).await;
    say(&format!("readable: {}", found.is_ok_and(|account| account.is_some())))?;
    ask("more")?;
    let mut written = 0;
    for number in 0..10 {
        written += u32::from(begin_session(store, &format!("{round} later {number}")).await.is_ok());
    }
    say(&format!("written: {written} of 10"))?;
    ask("done")?;
    Ok(())
}

fn say(line: &str) -> Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{MARK}{line}")?;
    Ok(output.flush()?)
}

fn ask(question: &str) -> Result<String> {
    say(question)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim_end().to_owned())
}
