//! The way to the page: what was sent and may have to be sent again, and whether anybody is there.
//!
//! Frames are numbered from 1 in the order in which they are sent, over all sockets of a session. Those that the page may
//! not have taken in are kept, a bounded lot, so that a page whose network failed goes on where it was: none is lost and
//! none comes twice. A page that was loaded anew has nothing; it is told how the run stands.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::stream::{SplitSink, iter};
use futures_util::{SinkExt, StreamExt};
use howdah_credentials::{Hold, Standing};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout};

use super::open_transaction::Transaction;
use super::reader::{Command, NoteUse, Parting, Shared, read};
use super::{Address, End};
use crate::connect::Greeting;
use crate::credential;
use crate::draining::Draining;
use crate::wire::{ServerMessage, WriteAccess};

/// Frames that are kept while nobody is there to take them; behind that the session waits.
const KEPT_BYTES: usize = 2 << 20;
/// Texts of the present run that are kept for a page that was loaded anew.
const HISTORY_BYTES: usize = 256 << 10;
/// A browser that takes nothing for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// How often a silent browser is asked whether it still lives.
const PING_EVERY: Duration = Duration::from_secs(25);
/// A page that is loaded anew is back before; one that was closed does not hold locks for long.
const RELOAD_GRACE: Duration = Duration::from_secs(60);
/// A page that was told goodbye has answered before.
const LINGER: Duration = Duration::from_secs(2);
/// Close code of a socket whose session another socket goes on with.
const TAKEN_OVER: u16 = 4001;

/// A page that comes back to its session.
pub(crate) struct Arrival {
    pub(crate) socket: WebSocket,
    /// What it has said already.
    pub(crate) early: Option<Message>,
    /// The number of the last frame that it took in; `None` for a page that was loaded anew.
    pub(crate) received: Option<u64>,
    pub(crate) note_use: NoteUse,
}

/// What may happen to the link.
pub(super) enum LinkEvent {
    Arrived(Box<Arrival>),
    Parted(Parting),
    Expired,
    Ping,
    Renewal(Standing),
    /// The server is being stopped.
    Draining,
    /// What runs has had its time.
    Overdue,
}

/// What a page is told first.
#[derive(Clone)]
pub(super) struct Introduction {
    pub(super) greeting: Greeting,
    pub(super) address: Address,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Unheard,
    Told,
    Overdue,
}

struct Kept {
    message: Message,
    /// Bytes of binary frames up to the end of this one.
    end: u64,
}

impl Kept {
    fn size(&self) -> usize {
        size_of(&self.message)
    }
}

pub(super) struct Link {
    sink: Option<SplitSink<WebSocket, Message>>,
    reader: Option<JoinHandle<Parting>>,
    arrivals: mpsc::Receiver<Arrival>,
    waiting: Option<Arrival>,
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
    introduction: Introduction,
    /// Has the connection's secret renewed, and tells of it.
    hold: Option<Hold>,
    draining: Draining,
    /// How much of the stop was acted upon.
    stop: Stop,
    /// Until when somebody must be back; `None` while somebody is there.
    deadline: Option<Instant>,
    pings: Interval,
    kept: VecDeque<Kept>,
    kept_bytes: usize,
    /// What was acknowledged when it was last looked at.
    forgotten_bytes: u64,
    frames: u64,
    bytes: u64,
    history: VecDeque<Utf8Bytes>,
    history_bytes: usize,
    /// Rows that were sent of the present result.
    rows: u64,
    divided: Divided,
}

/// How it stands with a row that is sent in parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Divided {
    /// No row is between its parts.
    No,
    Sent,
    /// Its beginning went to a page that was loaded anew since: the rest is of no use.
    Missed,
}

impl Link {
    pub(super) fn new(
        first: Arrival,
        arrivals: mpsc::Receiver<Arrival>,
        commands: mpsc::Sender<Command>,
        shared: Arc<Shared>,
        introduction: Introduction,
        (hold, draining): (Option<Hold>, Draining),
    ) -> Self {
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut link = Self {
            sink: None,
            reader: None,
            arrivals,
            waiting: None,
            commands,
            shared,
            introduction,
            hold,
            draining,
            stop: Stop::Unheard,
            deadline: None,
            pings,
            kept: VecDeque::new(),
            kept_bytes: 0,
            forgotten_bytes: 0,
            frames: 0,
            bytes: 0,
            history: VecDeque::new(),
            history_bytes: 0,
            rows: 0,
            divided: Divided::No,
        };
        link.listen(first);
        link
    }

    /// What happens next. May be dropped and called again.
    pub(super) async fn next(&mut self) -> LinkEvent {
        if let Some(arrival) = self.waiting.take() {
            return LinkEvent::Arrived(Box::new(arrival));
        }
        let hold = &mut self.hold;
        let renewal = async {
            match hold {
                Some(hold) => hold.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(arrival) = self.arrivals.recv() => LinkEvent::Arrived(Box::new(arrival)),
            standing = renewal => LinkEvent::Renewal(standing),
            parting = parting_of(&mut self.reader) => LinkEvent::Parted(parting),
            () = expiry(self.deadline) => LinkEvent::Expired,
            _ = self.pings.tick(), if self.sink.is_some() => LinkEvent::Ping,
            () = self.draining.begun(), if self.stop == Stop::Unheard => LinkEvent::Draining,
            () = self.draining.over(), if self.stop == Stop::Told => LinkEvent::Overdue,
        }
    }

    pub(super) async fn handle(&mut self, event: LinkEvent, transaction: Transaction) -> Result<(), End> {
        match event {
            LinkEvent::Ping => self.put(Message::Ping(Bytes::new())).await,
            LinkEvent::Expired | LinkEvent::Parted(Parting::Left) => return Err(End::Client),
            LinkEvent::Parted(parting) => self.detach(parting),
            LinkEvent::Renewal(standing) => {
                let credential = credential::renewed(&self.introduction.greeting.credential, &standing);
                self.introduction.greeting.credential = credential.clone();
                if let Ok(text) = serde_json::to_string(&ServerMessage::Credential { credential }) {
                    self.send(Message::text(text)).await;
                }
            }
            LinkEvent::Arrived(arrival) => self.attach(*arrival, transaction).await,
            LinkEvent::Draining => {
                self.stop = Stop::Told;
                if let Some(message) = self.restarting() {
                    self.send(message).await;
                }
            }
            LinkEvent::Overdue => {
                self.stop = Stop::Overdue;
                self.shared.cancelling.request().await;
            }
        }
        Ok(())
    }

    /// Who and where the session is.
    pub(super) fn introduce(&self, transaction: Transaction) -> ServerMessage {
        let Introduction { greeting, address } = self.introduction.clone();
        ServerMessage::Connected {
            session_user: greeting.session_user,
            database: greeting.database,
            server_version: greeting.server_version,
            backend_pid: greeting.backend_pid,
            tls: greeting.tls,
            credential: greeting.credential,
            transaction: transaction.state,
            read_only: greeting.read_only,
            writes: greeting.writes,
            standard_strings: greeting.standard_strings,
            default_read_only: greeting.default_read_only,
            standby: greeting.standby,
            search_path: greeting.search_path,
            session_id: address.session_id,
            replica: address.replica,
            detach_grace_secs: address.grace.as_secs(),
        }
    }

    /// How long what runs still has, where the server is being stopped.
    fn restarting(&self) -> Option<Message> {
        let seconds = self.draining.remaining()?.as_secs_f64();
        serde_json::to_string(&ServerMessage::Restarting { seconds }).ok().map(Message::text)
    }

    /// Whether the session may write.
    pub(super) fn writes(&self) -> WriteAccess {
        self.introduction.greeting.writes
    }

    /// Whether sessions on the server start read-only.
    pub(super) fn read_only(&self) -> bool {
        self.introduction.greeting.read_only
    }

    /// From now on the session may write, or may not any more: a page that comes back is told so.
    pub(super) fn set_writes(&mut self, writes: WriteAccess) {
        self.introduction.greeting.writes = writes;
    }

    /// How many bytes of rows were sent that the page has not acknowledged. What it acknowledges before it was sent does
    /// not count.
    pub(super) fn unacknowledged(&self) -> u64 {
        self.bytes.saturating_sub(self.shared.acknowledged_bytes.fetch_min(self.bytes, Ordering::AcqRel))
    }

    /// Sends a message. Waits while nobody is there and too much is kept.
    pub(super) async fn tell(&mut self, message: &ServerMessage, transaction: Transaction) -> Result<(), End> {
        let text = Utf8Bytes::from(serde_json::to_string(message).map_err(|_| End::Client)?);
        while self.sink.is_none() && self.kept_bytes >= KEPT_BYTES {
            let event = self.next().await;
            self.handle(event, transaction).await?;
        }
        self.note(message, &text);
        self.send(Message::Text(text)).await;
        Ok(())
    }

    /// Sends rows. The caller has looked at what is unacknowledged.
    pub(super) async fn send_rows(&mut self, rows: u32, bytes: Bytes) {
        self.rows += u64::from(rows);
        self.bytes += bytes.len() as u64;
        self.send(Message::Binary(bytes)).await;
    }

    /// Sends a part of a row, as [`Self::send_rows`].
    pub(super) async fn send_part(&mut self, part: Bytes, is_last: bool) {
        let is_missed = self.divided == Divided::Missed;
        self.divided = match self.divided {
            _ if is_last => Divided::No,
            Divided::Missed => Divided::Missed,
            Divided::No | Divided::Sent => Divided::Sent,
        };
        if !is_missed {
            self.send_rows(u32::from(is_last), part).await;
        }
    }

    /// A paused result goes on.
    pub(super) fn note_resumed(&mut self) {
        if let Some(text) = self.history.pop_back() {
            self.history_bytes -= text.len();
        }
    }

    /// Says goodbye where there is somebody to say it to.
    pub(super) async fn close(&mut self, frame: CloseFrame) {
        if let Some(sink) = &mut self.sink {
            // A browser that does not hear it has been told all the same.
            drop(timeout(Duration::from_secs(5), sink.send(Message::Close(Some(frame)))).await);
        }
    }

    /// Waits a moment for the page to close its end. A socket that is dropped while something in it is unread, such as an
    /// acknowledgement, is reset, and what was said last may never be heard.
    pub(super) async fn linger(&mut self) {
        if self.sink.is_some() && self.reader.is_some() {
            drop(timeout(LINGER, parting_of(&mut self.reader)).await);
        }
    }

    fn listen(&mut self, arrival: Arrival) {
        let (sink, stream) = arrival.socket.split();
        let stream = iter(arrival.early.map(Ok)).chain(stream);
        self.sink = Some(sink);
        self.deadline = None;
        self.pings.reset();
        let reader = read(stream, self.commands.clone(), Arc::clone(&self.shared), arrival.note_use);
        self.reader = Some(tokio::spawn(reader));
    }

    /// Keeps what a page that was loaded anew must know of the present run.
    fn note(&mut self, message: &ServerMessage, text: &Utf8Bytes) {
        match message {
            ServerMessage::RunStarted { .. } => {
                self.history.clear();
                self.history_bytes = 0;
            }
            ServerMessage::RunFinished { .. } => {
                self.history.clear();
                self.history_bytes = 0;
                return;
            }
            ServerMessage::Columns { .. } => {
                self.rows = 0;
                self.divided = Divided::No;
            }
            ServerMessage::Parameter { name, value } => {
                self.introduction.greeting.note(name, value);
                return;
            }
            ServerMessage::StatementStarted { .. }
            | ServerMessage::Paused { .. }
            | ServerMessage::StatementFinished { .. }
            | ServerMessage::StatementFailed { .. } => {}
            _ => return,
        }
        self.history_bytes += text.len();
        self.history.push_back(text.clone());
        // The first tells which statements run; those that were done longest ago are the least that is missed.
        while self.history_bytes > HISTORY_BYTES && self.history.len() > 2 {
            if let Some(oldest) = self.history.remove(1) {
                self.history_bytes -= oldest.len();
            }
        }
    }

    async fn send(&mut self, message: Message) {
        self.frames += 1;
        self.kept_bytes += size_of(&message);
        self.kept.push_back(Kept { message: message.clone(), end: self.bytes });
        self.forget_received();
        self.put(message).await;
    }

    /// Hands a frame to the socket, if there is one. When it fails, the frame is still kept.
    async fn put(&mut self, message: Message) {
        let Some(sink) = &mut self.sink else { return };
        let parting = tokio::select! {
            sent = timeout(SEND_TIMEOUT, sink.send(message)) => match sent {
                Ok(Ok(())) => return,
                Ok(Err(_)) | Err(_) => Parting::Lost,
            },
            parting = parting_of(&mut self.reader) => parting,
            Some(arrival) = self.arrivals.recv() => {
                self.waiting = Some(arrival);
                Parting::Lost
            }
        };
        self.detach(parting);
    }

    fn detach(&mut self, parting: Parting) {
        if let Some(reader) = self.reader.take() {
            reader.abort();
        }
        self.sink = None;
        let grace = self.introduction.address.grace;
        let grace = if parting == Parting::PageGone { grace.min(RELOAD_GRACE) } else { grace };
        self.deadline = Some(Instant::now() + grace);
    }

    async fn attach(&mut self, arrival: Arrival, transaction: Transaction) {
        if let Some(reader) = self.reader.take() {
            reader.abort();
            // Only then is the count of messages settled.
            drop(reader.await);
        }
        if let Some(mut old) = self.sink.take() {
            let farewell = CloseFrame { code: TAKEN_OVER, reason: "taken_over".into() };
            drop(timeout(Duration::from_millis(200), old.send(Message::Close(Some(farewell)))).await);
        }
        self.forget_received();
        let received = arrival.received.filter(|number| (self.first_kept() - 1..=self.frames).contains(number));
        let frames: Vec<Message> = match received {
            Some(number) => self.frames_behind(number),
            None => self.frames_anew(transaction),
        };
        self.shared.acknowledged_frames.fetch_max(received.unwrap_or(self.frames), Ordering::AcqRel);
        let attached = ServerMessage::Attached {
            messages: self.shared.messages.load(Ordering::Acquire),
            resumed: received.is_some(),
            frames: received.unwrap_or(self.frames),
            repeated: if received.is_some() { 0 } else { frames.len() as u64 },
            missed_rows: if received.is_some() { 0 } else { self.rows },
        };
        let first = serde_json::to_string(&attached).map(Message::text);
        self.listen(arrival);
        for message in first.into_iter().chain(frames) {
            self.put(message).await;
        }
        self.shared.acknowledged.notify_one();
    }

    /// What the page has not taken in. All before counts as acknowledged.
    fn frames_behind(&mut self, number: u64) -> Vec<Message> {
        while self.first_kept() <= number {
            self.forget_first();
        }
        let unsent: u64 = self.kept.iter().map(|kept| rows_in(&kept.message)).sum();
        self.shared.acknowledged_bytes.store(self.bytes - unsent, Ordering::Release);
        self.kept.iter().map(|kept| kept.message.clone()).collect()
    }

    /// What a page must know that was loaded anew.
    fn frames_anew(&mut self, transaction: Transaction) -> Vec<Message> {
        self.kept.clear();
        self.kept_bytes = 0;
        if self.divided == Divided::Sent {
            self.divided = Divided::Missed;
            self.rows += 1;
        }
        self.shared.acknowledged_bytes.store(self.bytes, Ordering::Release);
        let told = [Some(self.introduce(transaction)), transaction.message()];
        let told = told.iter().flatten().filter_map(|message| serde_json::to_string(message).map(Message::text).ok());
        let history = self.history.iter().cloned().map(Message::Text);
        told.chain(history).chain(self.restarting()).collect()
    }

    fn first_kept(&self) -> u64 {
        self.frames - self.kept.len() as u64 + 1
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.kept.pop_front() {
            self.kept_bytes -= first.size();
        }
    }

    /// Drops what the page is known to have. While it is there, it has also taken in what no longer fits: a page that
    /// acknowledges no frames can be behind by so much only if it never comes back.
    fn forget_received(&mut self) {
        let frames = self.shared.acknowledged_frames.load(Ordering::Acquire);
        while self.first_kept() <= frames && !self.kept.is_empty() {
            self.forget_first();
        }
        let bytes = self.shared.acknowledged_bytes.load(Ordering::Acquire);
        while bytes > self.forgotten_bytes
            && let Some(at) = self.kept.iter().position(|kept| rows_in(&kept.message) > 0)
            && self.kept.get(at).is_some_and(|kept| kept.end <= bytes)
        {
            for _ in 0..=at {
                self.forget_first();
            }
        }
        self.forgotten_bytes = bytes;
        while self.sink.is_some() && self.kept_bytes > KEPT_BYTES {
            self.forget_first();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.abort();
        }
    }
}

async fn parting_of(reader: &mut Option<JoinHandle<Parting>>) -> Parting {
    match reader {
        // A reader that panicked hears nothing any more.
        Some(handle) => {
            let parting = handle.await.unwrap_or(Parting::Lost);
            *reader = None;
            parting
        }
        None => std::future::pending().await,
    }
}

async fn expiry(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn size_of(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) => bytes.len(),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => 0,
    }
}

fn rows_in(message: &Message) -> u64 {
    match message {
        Message::Binary(bytes) => bytes.len() as u64,
        _ => 0,
    }
}
