//! Cuts the byte stream from the server into messages and batches of rows, without ever parsing a row.
//!
//! Pure: bytes go in by [`Framing::space`], frames come out of [`Framing::next`]. All memory that a session needs for
//! reading is here, and all of it is bounded by [`Limits`].

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use postgres_protocol::message::backend::{
    COPY_DATA_TAG, COPY_OUT_RESPONSE_TAG, DATA_ROW_TAG, ERROR_RESPONSE_TAG, NOTICE_RESPONSE_TAG,
    PARAMETER_DESCRIPTION_TAG, ROW_DESCRIPTION_TAG,
};

use crate::{RowBatch, large_row::LargeRow, server_error::ProtocolError};

/// A tag and an Int32 length.
const HEADER: usize = 5;
/// What a session at rest reads into; most answers fit.
const SMALL_READ: usize = 8 * 1024;
/// What a session reads into while a result streams: four batches for one allocation.
const LARGE_READ: usize = 256 * 1024;
/// A read into less than this is not worth its system call.
const LEAST_READ: usize = 2 * 1024;
/// What a DataRow of one value has before it: a header, the number of values, the value's length.
const ONE_VALUE: usize = HEADER + 2 + 4;
/// A line of COPY data ends in it.
const NEWLINE: usize = 1;

/// How much is read, gathered and kept. The defaults are those of `docs/query-protocol.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A batch is passed on when its next row would take it past this many bytes.
    pub batch_bytes: usize,
    /// A batch is passed on when its first row has waited this long.
    pub batch_delay: Duration,
    /// A DataRow whose length field says more than this becomes a large row, or is divided.
    pub row_bytes: usize,
    /// The longest DataRow that is divided where the statement asks for that ([`crate::Session::divide_rows`]).
    pub divided_row_bytes: usize,
    /// How much of one value a large row keeps.
    pub kept_value_bytes: usize,
    /// How much of all its values together a large row keeps.
    pub kept_row_bytes: usize,
    /// The longest message other than rows and COPY data. Errors and notices are cut there, others are refused.
    pub message_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_bytes: 64 * 1024,
            batch_delay: Duration::from_millis(20),
            row_bytes: 256 * 1024,
            divided_row_bytes: 32 * 1024 * 1024,
            kept_value_bytes: 64 * 1024,
            kept_row_bytes: 256 * 1024,
            message_bytes: 256 * 1024,
        }
    }
}

/// A piece of the stream.
#[derive(Debug)]
pub(crate) enum Frame {
    /// Whole rows.
    Rows(RowBatch),
    /// Bytes of a DataRow that is divided; nothing comes between them.
    RowPart { bytes: Bytes, is_last: bool },
    /// Data of a COPY TO STDOUT, cut anywhere.
    CopyData(Bytes),
    /// Any other message, with its header.
    Message(BytesMut),
    /// A row waits that the limit does not allow.
    LimitReached,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Framing {
    limits: Limits,
    /// Bytes from the server. The batch being gathered stands at the front.
    buffer: BytesMut,
    /// Length of the batch being gathered.
    gathered: usize,
    /// Rows of the batch being gathered.
    rows: u32,
    /// COPY data being gathered, or the rows that are made of it.
    copy: BytesMut,
    /// A message too long to wait for.
    ongoing: Ongoing,
    /// Whether nothing of the current result has been passed on yet.
    first: bool,
    /// How many bytes the next message lacks, as far as is known.
    missing: usize,
    rows_left: Option<u64>,
    divides_rows: bool,
    /// Whether lines of COPY data are passed on as rows: is it wanted, and is it so now.
    wants_lines: bool,
    copies_lines: bool,
    /// Bytes behind the row that is taken in piece by piece, which are no part of it.
    behind: usize,
    discarding: bool,
    discarded: u64,
    read_size: usize,
}

/// What of a message is taken in piece by piece. Nothing is gathered in front of it.
#[derive(Debug)]
enum Ongoing {
    Nothing,
    /// So many bytes are dropped.
    Skip(usize),
    Row(LargeRow),
    /// So many bytes of a divided row are still to come.
    Divided(usize),
    /// So many bytes of COPY data are still to come.
    Copy(usize),
    /// An error or notice that is being cut: what is kept, header included, and how much is dropped behind it.
    Cut {
        kept: BytesMut,
        dropped: usize,
    },
}

enum Step {
    Again,
    Frame(Frame),
    Need(usize),
}

impl Framing {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: BytesMut::new(),
            gathered: 0,
            rows: 0,
            copy: BytesMut::new(),
            ongoing: Ongoing::Nothing,
            first: false,
            missing: HEADER,
            rows_left: None,
            divides_rows: false,
            wants_lines: false,
            copies_lines: false,
            behind: 0,
            discarding: false,
            discarded: 0,
            read_size: SMALL_READ,
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sets how many more rows may be passed on.
    pub(crate) fn limit_rows(&mut self, rows_left: Option<u64>) {
        self.rows_left = rows_left;
    }

    /// Passes on long rows in parts until [`Framing::rest`].
    pub(crate) fn divide_rows(&mut self) {
        self.divides_rows = true;
    }

    /// Passes on lines of COPY data as rows of one value until [`Framing::rest`].
    pub(crate) fn copy_lines(&mut self) {
        self.wants_lines = true;
    }

    /// Whether the COPY that has begun comes as rows.
    pub(crate) fn copies_lines(&self) -> bool {
        self.copies_lines
    }

    /// Drops rows and COPY data until [`Framing::end_statement`], those gathered included.
    pub(crate) fn discard_rows(&mut self) {
        self.discarding = true;
        self.discarded += u64::from(self.rows);
        self.buffer.advance(self.gathered);
        self.gathered = 0;
        self.rows = 0;
        self.copy.clear();
    }

    /// Ends a discard. Returns how many rows were dropped.
    pub(crate) fn end_statement(&mut self) -> u64 {
        self.discarding = false;
        std::mem::take(&mut self.discarded)
    }

    /// Gives back what only one statement needs: memory, and what was asked for it.
    pub(crate) fn rest(&mut self) {
        self.rows_left = None;
        self.divides_rows = false;
        self.wants_lines = false;
        self.copies_lines = false;
        self.read_size = SMALL_READ;
        self.copy = BytesMut::new();
        if self.buffer.is_empty() && self.buffer.capacity() > SMALL_READ {
            self.buffer = BytesMut::new();
        }
    }

    /// Whether rows or COPY data have been gathered and wait for more.
    pub(crate) fn has_gathered(&self) -> bool {
        self.rows > 0 || !self.copy.is_empty()
    }

    /// Whether the row limit is used up.
    pub(crate) fn limit_is_reached(&self) -> bool {
        !self.discarding && self.rows_left.is_some_and(|left| left <= u64::from(self.rows))
    }

    /// A buffer to append bytes from the server to. Its spare capacity is what should be asked for.
    pub(crate) fn space(&mut self) -> &mut BytesMut {
        let spare = self.buffer.capacity() - self.buffer.len();
        let least = self.missing.max(LEAST_READ);
        if spare < least {
            // Not `reserve`, which doubles: what a session holds would no longer be bounded by the limits.
            let want = least.max(self.read_size.saturating_sub(self.buffer.len()));
            if !self.buffer.try_reclaim(want) {
                let mut fresh = BytesMut::with_capacity(self.buffer.len() + want);
                fresh.extend_from_slice(&self.buffer);
                self.buffer = fresh;
            }
        }
        &mut self.buffer
    }

    /// Tells that bytes were appended to [`Framing::space`].
    pub(crate) fn filled(&mut self) {
        if self.buffer.len() == self.buffer.capacity() {
            self.read_size = LARGE_READ;
        }
    }

    /// Passes on what has been gathered.
    pub(crate) fn flush(&mut self) -> Option<Frame> {
        if self.rows > 0 {
            self.first = false;
            let (length, rows) = (std::mem::take(&mut self.gathered), std::mem::take(&mut self.rows));
            let bytes = if self.copies_lines { self.copy.split() } else { self.buffer.split_to(length) }.freeze();
            return Some(self.batch(bytes, rows));
        }
        if !self.copy.is_empty() {
            self.first = false;
            return Some(Frame::CopyData(self.copy.split().freeze()));
        }
        None
    }

    /// The next frame; none when more bytes are needed.
    ///
    /// # Errors
    ///
    /// When the bytes are not PostgreSQL's protocol. The stream is then of no further use.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, ProtocolError> {
        loop {
            let step = match std::mem::replace(&mut self.ongoing, Ongoing::Nothing) {
                Ongoing::Nothing => self.begin()?,
                ongoing => self.proceed(ongoing)?,
            };
            match step {
                Step::Again => {}
                Step::Frame(frame) => return Ok(Some(frame)),
                Step::Need(missing) => {
                    self.missing = missing;
                    // The first rows of a result don't wait for more.
                    return Ok(if self.first { self.flush() } else { None });
                }
            }
        }
    }

    fn begin(&mut self) -> Result<Step, ProtocolError> {
        let Some(header) = self.buffer.get(self.gathered..self.gathered + HEADER) else {
            if self.limit_is_reached()
                && let Some(frame) = self.flush()
            {
                return Ok(Step::Frame(frame));
            }
            return Ok(Step::Need(self.gathered + HEADER - self.buffer.len()));
        };
        let tag = header[0];
        let length = i32::from_be_bytes([header[1], header[2], header[3], header[4]]);
        let Some(length) = usize::try_from(length).ok().filter(|length| *length >= 4) else {
            return Err(ProtocolError::new("a message has an impossible length"));
        };
        // What has been gathered goes out before anything that is not its continuation.
        let continues = match tag {
            DATA_ROW_TAG => {
                self.copy.is_empty()
                    && !self.limit_is_reached()
                    && length <= self.limits.row_bytes
                    && self.gathered + length < self.limits.batch_bytes
            }
            COPY_DATA_TAG if self.copies_lines => {
                let length = line_row(length);
                !self.limit_is_reached()
                    && length <= self.limits.row_bytes
                    && self.copy.len() + length < self.limits.batch_bytes
            }
            COPY_DATA_TAG => self.rows == 0,
            _ => false,
        };
        if !continues && let Some(frame) = self.flush() {
            return Ok(Step::Frame(frame));
        }
        match tag {
            DATA_ROW_TAG => Ok(self.row(length)),
            COPY_DATA_TAG if self.copies_lines => self.line(length),
            COPY_DATA_TAG => {
                self.buffer.advance(HEADER);
                self.ongoing = if self.discarding { Ongoing::Skip(length - 4) } else { Ongoing::Copy(length - 4) };
                Ok(Step::Again)
            }
            // Up to 65,535 type OIDs that nobody asks for.
            PARAMETER_DESCRIPTION_TAG => {
                self.ongoing = Ongoing::Skip(length + 1);
                Ok(Step::Again)
            }
            _ => self.message(tag, length),
        }
    }

    fn row(&mut self, length: usize) -> Step {
        if self.discarding {
            self.discarded += 1;
            self.ongoing = Ongoing::Skip(length + 1);
            return Step::Again;
        }
        if self.limit_is_reached() {
            return Step::Frame(Frame::LimitReached);
        }
        if length > self.limits.row_bytes {
            if self.divides(length) {
                self.ongoing = Ongoing::Divided(length + 1);
                return Step::Again;
            }
            self.buffer.advance(HEADER);
            self.ongoing = Ongoing::Row(LargeRow::new(length - 4, &self.limits));
            return Step::Again;
        }
        let end = self.gathered + length + 1;
        if self.buffer.len() < end {
            return Step::Need(end - self.buffer.len());
        }
        self.gathered = end;
        self.rows += 1;
        Step::Again
    }

    fn divides(&self, length: usize) -> bool {
        self.divides_rows && length <= self.limits.divided_row_bytes
    }

    /// Makes a row of one value of a line of COPY data, whose newline is no part of it. PostgreSQL sends each line in a
    /// message of its own (manual, 54.2.7).
    fn line(&mut self, length: usize) -> Result<Step, ProtocolError> {
        if self.discarding {
            self.discarded += 1;
            self.ongoing = Ongoing::Skip(length + 1);
            return Ok(Step::Again);
        }
        if self.limit_is_reached() {
            return Ok(Step::Frame(Frame::LimitReached));
        }
        let value = (length - 4).saturating_sub(NEWLINE);
        let whole = line_row(length);
        let mut head = [0; ONE_VALUE];
        head[0] = DATA_ROW_TAG;
        head[1..5].copy_from_slice(&int32(whole)?);
        head[6] = 1;
        head[7..].copy_from_slice(&int32(value)?);
        if whole > self.limits.row_bytes {
            self.buffer.advance(HEADER);
            self.behind = NEWLINE;
            if self.divides(whole) {
                self.first = false;
                self.ongoing = Ongoing::Divided(value);
                return Ok(Step::Frame(Frame::RowPart { bytes: Bytes::copy_from_slice(&head), is_last: false }));
            }
            let mut row = LargeRow::new(whole - 4, &self.limits);
            row.feed(&mut BytesMut::from(&head[HEADER..]))?;
            self.ongoing = Ongoing::Row(row);
            return Ok(Step::Again);
        }
        if self.buffer.len() < length + 1 {
            return Ok(Step::Need(length + 1 - self.buffer.len()));
        }
        self.make_room(ONE_VALUE + value);
        self.copy.extend_from_slice(&head);
        self.copy.extend_from_slice(&self.buffer[HEADER..HEADER + value]);
        self.buffer.advance(length + 1);
        self.rows += 1;
        Ok(Step::Again)
    }

    fn message(&mut self, tag: u8, length: usize) -> Result<Step, ProtocolError> {
        if length > self.limits.message_bytes {
            if !matches!(tag, ERROR_RESPONSE_TAG | NOTICE_RESPONSE_TAG) {
                return Err(ProtocolError::new(format!(
                    "a message `{}` of {length} bytes is too long",
                    char::from(tag).escape_default()
                )));
            }
            let mut kept = BytesMut::with_capacity(self.limits.message_bytes);
            kept.extend_from_slice(&self.buffer.split_to(HEADER));
            self.ongoing = Ongoing::Cut { kept, dropped: length + 1 - self.limits.message_bytes };
            return Ok(Step::Again);
        }
        if self.buffer.len() < length + 1 {
            return Ok(Step::Need(length + 1 - self.buffer.len()));
        }
        if matches!(tag, ROW_DESCRIPTION_TAG | COPY_OUT_RESPONSE_TAG) {
            self.first = true;
            // The format of all of it: 0 is text, which CSV is too.
            self.copies_lines = self.wants_lines && tag == COPY_OUT_RESPONSE_TAG && self.buffer.get(HEADER) == Some(&0);
        }
        Ok(Step::Frame(Frame::Message(self.buffer.split_to(length + 1))))
    }

    /// Goes on with a message that is taken in piece by piece.
    fn proceed(&mut self, ongoing: Ongoing) -> Result<Step, ProtocolError> {
        match ongoing {
            Ongoing::Nothing => return Ok(Step::Again),
            Ongoing::Skip(left) => {
                let skipped = left.min(self.buffer.len());
                self.buffer.advance(skipped);
                if skipped == left {
                    return Ok(Step::Again);
                }
                self.ongoing = Ongoing::Skip(left - skipped);
            }
            Ongoing::Row(row) if self.discarding => {
                self.discarded += 1;
                self.ongoing = Ongoing::Skip(row.remaining() + std::mem::take(&mut self.behind));
                return Ok(Step::Again);
            }
            Ongoing::Row(mut row) => {
                if let Some(message) = row.feed(&mut self.buffer)? {
                    self.first = false;
                    self.ongoing = Ongoing::Skip(std::mem::take(&mut self.behind));
                    return Ok(Step::Frame(self.batch(message, 1)));
                }
                self.ongoing = Ongoing::Row(row);
            }
            Ongoing::Divided(left) if self.discarding => {
                self.discarded += 1;
                self.ongoing = Ongoing::Skip(left + std::mem::take(&mut self.behind));
                return Ok(Step::Again);
            }
            Ongoing::Divided(left) => return Ok(self.part(left)),
            Ongoing::Copy(left) if self.discarding => {
                self.ongoing = Ongoing::Skip(left);
                return Ok(Step::Again);
            }
            Ongoing::Copy(left) => return Ok(self.copy(left)),
            Ongoing::Cut { mut kept, dropped } => {
                let wanted = self.limits.message_bytes - kept.len();
                let taken = wanted.min(self.buffer.len());
                kept.extend_from_slice(&self.buffer.split_to(taken));
                if taken == wanted {
                    self.ongoing = Ongoing::Skip(dropped);
                    return Ok(Step::Frame(Frame::Message(kept)));
                }
                self.ongoing = Ongoing::Cut { kept, dropped };
            }
        }
        Ok(Step::Need(1))
    }

    /// Passes on as much of a divided row as a batch has. The row counts when it has ended.
    fn part(&mut self, left: usize) -> Step {
        let length = left.min(self.limits.batch_bytes);
        if self.buffer.len() < length {
            self.ongoing = Ongoing::Divided(left);
            return Step::Need(length - self.buffer.len());
        }
        let is_last = length == left;
        if is_last {
            self.count_passed(1);
            self.ongoing = Ongoing::Skip(std::mem::take(&mut self.behind));
        } else {
            self.ongoing = Ongoing::Divided(left - length);
        }
        self.first = false;
        Step::Frame(Frame::RowPart { bytes: self.buffer.split_to(length).freeze(), is_last })
    }

    /// Gathers COPY data. It is copied once, since messages of a line each would make a chunk of every line.
    fn copy(&mut self, left: usize) -> Step {
        let room = self.limits.batch_bytes - self.copy.len();
        let taken = left.min(self.buffer.len()).min(room);
        self.make_room(taken);
        self.copy.extend_from_slice(&self.buffer[..taken]);
        self.buffer.advance(taken);
        if taken < left {
            self.ongoing = Ongoing::Copy(left - taken);
        }
        match self.flush_full_copy() {
            Some(frame) => Step::Frame(frame),
            None if taken < left => Step::Need(1),
            None => Step::Again,
        }
    }

    /// Has room for so many bytes more of COPY data.
    fn make_room(&mut self, bytes: usize) {
        let room = bytes.max(self.limits.batch_bytes.saturating_sub(self.copy.len()));
        if self.copy.capacity() - self.copy.len() < bytes && !self.copy.try_reclaim(room) {
            let mut fresh = BytesMut::with_capacity(self.copy.len() + room);
            fresh.extend_from_slice(&self.copy);
            self.copy = fresh;
        }
    }

    fn flush_full_copy(&mut self) -> Option<Frame> {
        if self.copy.len() < self.limits.batch_bytes {
            return None;
        }
        self.flush()
    }

    fn batch(&mut self, bytes: Bytes, rows: u32) -> Frame {
        self.count_passed(rows);
        Frame::Rows(RowBatch::new(bytes, rows))
    }

    fn count_passed(&mut self, rows: u32) {
        if let Some(left) = &mut self.rows_left {
            *left = left.saturating_sub(u64::from(rows));
        }
    }
}

/// The length of the DataRow that is made of a CopyData of this length.
fn line_row(length: usize) -> usize {
    (length - 4).saturating_sub(NEWLINE) + ONE_VALUE - 1
}

fn int32(length: usize) -> Result<[u8; 4], ProtocolError> {
    let length = i32::try_from(length).map_err(|_| ProtocolError::new("a message has an impossible length"))?;
    Ok(length.to_be_bytes())
}

#[cfg(test)]
mod tests;
