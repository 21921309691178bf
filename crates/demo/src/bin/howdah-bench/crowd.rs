//! Many people at once: pages that ask by themselves, query sessions that stay open, and some that read large results.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use howdah_demo::client::{QuerySession, Received, Signed};
use howdah_demo::figures::Samples;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, interval_at, sleep};

use crate::data::{self, DATABASE};
use crate::groups::Groups;
use crate::{Bench, mebibytes, milliseconds};

/// People who are signed in, each with a page open.
pub(crate) const PEOPLE: usize = 500;
/// Query sessions that are open, each somebody's.
const SESSIONS: usize = 200;
/// Those among them that read a large result all the time, as fast as they get it.
const STREAMS: usize = 20;
/// Sign-ins, and sessions that are opened, at the same time.
const AT_ONCE: usize = 8;
/// How often a page asks who is signed in, and for the list of servers.
const ASKS_EVERY: Duration = Duration::from_secs(60);
/// So much faster, for more figures.
const HASTE: u32 = 30;
/// For how long it is looked on, at the pages' own pace and at the faster one.
const LOOKS_ON_FOR: Duration = Duration::from_secs(20);

const MEMORY_MIB: f64 = 400.0;
const ME_P99_MS: f64 = 20.0;
const SIGN_IN_MS: f64 = 5.0;

impl Bench {
    /// Five hundred people with pages, two hundred sessions, twenty large results.
    pub(crate) async fn crowd(&mut self) -> Result<()> {
        let people = self.sign_in_crowd().await?;
        let server = data::share_server(&self.stage, &self.person).await?;
        let (readers, idlers) = people[..SESSIONS].split_at(STREAMS);
        let idle = open_idle_sessions(idlers, &server).await?;
        let before_kib = self.stage.console.memory_kib()?;
        let name = format!("{PEOPLE} people, {SESSIONS} sessions");
        self.table.fact(&format!("{name}: memory (RSS)"), mebibytes(before_kib), "MiB", MEMORY_MIB);
        self.table.note(&format!("  and {STREAMS} large results, as started by hand"), String::new());
        self.stream_to(readers, &people, &server).await?;
        let processes = [self.stage.console.pid()?, self.stage.postgres.pid()?, std::process::id()];
        match Groups::of(&processes) {
            Ok(_groups) => {
                self.table
                    .note(&format!("  and {STREAMS} large results, as services (a control group each)"), String::new());
                self.stream_to(readers, &people, &server).await?;
            }
            Err(error) => println!("  not measured: services in groups of their own: {error:#}"),
        }
        for session in idle {
            session.still_works().await?;
        }
        Ok(())
    }

    /// What all the others notice of large results.
    async fn stream_to(&mut self, readers: &[Arc<Signed>], people: &[Arc<Signed>], server: &str) -> Result<()> {
        let streams = Streams::start(readers.to_vec(), server.to_owned())?;
        streams.wait_until_all_read().await?;
        let started = (Instant::now(), streams.bytes());
        let (calm, calm_kib) = self.look_on(people, ASKS_EVERY).await?;
        let (hasty, hasty_kib) = self.look_on(people, ASKS_EVERY / HASTE).await?;
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = (streams.bytes() - started.1) as f64 / (1 << 20) as f64 / started.0.elapsed().as_secs_f64();
        streams.stop().await?;

        self.table.fact("    memory, most", mebibytes(calm_kib.max(hasty_kib)), "MiB", MEMORY_MIB);
        self.table.note("    read", format!("{rate:.0} MiB/s"));
        for (pace, samples) in [("at the pages' pace", calm), ("asked 250 times a second", hasty)] {
            self.table.note(&format!("    /api/v1/me {pace}, p50"), format!("{:.1} ms", samples.percentile(50)));
            self.table.fact(&format!("    /api/v1/me {pace}, p99"), samples.percentile(99), "ms", ME_P99_MS);
        }
        Ok(())
    }

    async fn sign_in_crowd(&mut self) -> Result<Vec<Arc<Signed>>> {
        let console = &self.stage.console;
        let before = console.processor_time()?;
        let people: Vec<_> = stream::iter(0..PEOPLE)
            .map(|number| self.stage.sign_in_from_crowd(number))
            .buffered(AT_ONCE)
            .map_ok(Arc::new)
            .try_collect()
            .await?;
        let each = (console.processor_time()? - before) / u32::try_from(PEOPLE)?;
        self.table.fact("a sign-in: own work (CPU)", milliseconds(each), "ms", SIGN_IN_MS);
        Ok(people)
    }

    /// Every page asks `every` so often for a while. How long `me` took, and the most memory meanwhile in KiB.
    async fn look_on(&self, people: &[Arc<Signed>], every: Duration) -> Result<(Samples, u64)> {
        let spread = every / u32::try_from(people.len())?;
        let pages = (0_u32..).zip(people).map(|(number, person)| {
            let person = Arc::clone(person);
            tokio::spawn(async move { page(&person, every, spread * number).await })
        });
        let pages = try_join_all(pages);
        tokio::pin!(pages);
        let mut looks = interval(Duration::from_millis(100));
        let mut most_kib = 0;
        let mut samples = Samples::default();
        loop {
            tokio::select! {
                done = &mut pages => {
                    for asked in done? {
                        samples.extend(asked?);
                    }
                    return Ok((samples, most_kib));
                }
                _ = looks.tick() => most_kib = most_kib.max(self.stage.console.memory_kib()?),
            }
        }
    }
}

/// What a page does by itself, beginning after `delay`.
async fn page(person: &Signed, every: Duration, delay: Duration) -> Result<Samples> {
    let mut samples = Samples::default();
    let end = tokio::time::Instant::now() + LOOKS_ON_FOR;
    let mut ticks = interval_at(tokio::time::Instant::now() + delay, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut servers_at = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(end) => return Ok(samples),
            _ = ticks.tick() => {}
        }
        let started = Instant::now();
        let me = person.get("/api/v1/me").await?;
        samples.add(started.elapsed());
        ensure!(me.status.is_success(), "{} {}", me.status, me.body);
        if servers_at.is_none_or(|at: Instant| at.elapsed() >= ASKS_EVERY) {
            servers_at = Some(Instant::now());
            let servers = person.get("/api/v1/servers").await?;
            ensure!(servers.status.is_success(), "{} {}", servers.status, servers.body);
        }
    }
}

/// A session that has run something and waits for its person.
struct IdleSession {
    task: JoinHandle<Result<()>>,
    stop: watch::Sender<bool>,
}

impl IdleSession {
    async fn open(person: Arc<Signed>, server: &str) -> Result<Self> {
        let mut session = person.open_session(server, DATABASE).await?;
        session.run("select * from bench_rows limit 1000").await?;
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            // It answers pings while it waits.
            tokio::select! {
                came = session.next() => {
                    came?;
                    return Err(anyhow!("something came to a session that waits"));
                }
                _ = stopped.changed() => {}
            }
            session.run("select 1").await.map(drop)
        });
        Ok(Self { task, stop })
    }

    async fn still_works(self) -> Result<()> {
        self.stop.send_replace(true);
        self.task.await?.context("a session that waited")
    }
}

async fn open_idle_sessions(people: &[Arc<Signed>], server: &str) -> Result<Vec<IdleSession>> {
    stream::iter(people)
        .map(|person| IdleSession::open(Arc::clone(person), server))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// People who read large results, on a thread of their own: what they do must not delay those who measure.
struct Streams {
    thread: thread::JoinHandle<Result<()>>,
    state: Arc<StreamState>,
}

#[derive(Default)]
struct StreamState {
    bytes: AtomicU64,
    reading: AtomicU64,
    stop: AtomicBool,
}

impl Streams {
    fn start(people: Vec<Arc<Signed>>, server: String) -> Result<Self> {
        let state = Arc::<StreamState>::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::clone(&state);
        let thread = thread::spawn(move || {
            let readers = people.into_iter().map(|person| read_on(person, &server, &shared));
            runtime.block_on(try_join_all(readers)).map(drop)
        });
        Ok(Self { thread, state })
    }

    async fn wait_until_all_read(&self) -> Result<()> {
        while self.state.reading.load(Ordering::Relaxed) < STREAMS as u64 {
            ensure!(!self.thread.is_finished(), "a large result ended before all were read");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.state.bytes.load(Ordering::Relaxed)
    }

    async fn stop(self) -> Result<()> {
        self.state.stop.store(true, Ordering::Relaxed);
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await?;
        joined.map_err(|_| anyhow!("the thread of the large results panicked"))?
    }
}

async fn read_on(person: Arc<Signed>, server: &str, state: &StreamState) -> Result<()> {
    let mut session: QuerySession = person.open_session(server, DATABASE).await?;
    session.start("select * from bench_rows").await?;
    let mut first = true;
    while !state.stop.load(Ordering::Relaxed) {
        match session.next().await? {
            Received::Rows(bytes) => {
                state.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                if first {
                    state.reading.fetch_add(1, Ordering::Relaxed);
                    first = false;
                }
            }
            Received::Message(message) if message["type"] == "run_finished" => {
                session.start("select * from bench_rows").await?;
            }
            Received::Message(_) => {}
        }
    }
    session.cancel().await
}
