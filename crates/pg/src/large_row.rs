//! Rows too long to pass on whole: read to their end, kept in part.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::{Limits, server_error::ProtocolError};

/// Turns the body of a DataRow, given piece by piece, into an `L` message (`docs/query-protocol.md`, "Rows").
///
/// Holds at most the kept part of the row, so that a value of 1 GB passes through a few hundred KiB.
#[derive(Debug)]
pub(crate) struct LargeRow {
    message: BytesMut,
    /// Bytes of the DataRow's body that have not arrived yet.
    remaining: usize,
    /// Bytes of values that this row may still keep.
    budget: usize,
    kept_value_bytes: usize,
    fields_left: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The Int16 number of columns comes next.
    Count,
    /// The Int32 length of a value comes next.
    Length,
    /// Inside a value: bytes to keep, then bytes to drop.
    Value { keep: usize, skip: usize },
}

impl LargeRow {
    /// Begins a row whose DataRow has a body of `remaining` bytes, the length field not counted.
    pub(crate) fn new(remaining: usize, limits: &Limits) -> Self {
        // Room for the lengths of the 1,664 columns that a result can have.
        let mut message = BytesMut::with_capacity(remaining.min(limits.kept_row_bytes) + 16 * 1024);
        message.put_u8(b'L');
        message.put_i32(0);
        Self {
            message,
            remaining,
            budget: limits.kept_row_bytes,
            kept_value_bytes: limits.kept_value_bytes,
            fields_left: 0,
            state: State::Count,
        }
    }

    /// How much of the row has not arrived yet.
    pub(crate) fn remaining(&self) -> usize {
        self.remaining
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.message.capacity()
    }

    /// Takes from `input` what belongs to this row. Returns the `L` message when the row has ended.
    ///
    /// # Errors
    ///
    /// When lengths inside the row contradict the length of the message.
    pub(crate) fn feed(&mut self, input: &mut BytesMut) -> Result<Option<Bytes>, ProtocolError> {
        loop {
            match self.state {
                State::Count => {
                    let Some(mut field) = self.take(input, 2)? else {
                        return Ok(None);
                    };
                    let count = field.get_u16();
                    self.message.put_u16(count);
                    self.fields_left = usize::from(count);
                    self.state = State::Length;
                }
                State::Length if self.fields_left == 0 => {
                    if self.remaining > 0 {
                        return Err(ProtocolError::new("a row is longer than its values"));
                    }
                    return self.finish().map(Some);
                }
                State::Length => {
                    let Some(mut field) = self.take(input, 4)? else {
                        return Ok(None);
                    };
                    let length = field.get_i32();
                    self.message.put_i32(length);
                    self.fields_left -= 1;
                    // A negative length is NULL: nothing follows.
                    if let Ok(length) = usize::try_from(length) {
                        if length > self.remaining {
                            return Err(ProtocolError::new("a value is longer than its row"));
                        }
                        let keep = length.min(self.kept_value_bytes).min(self.budget);
                        self.budget -= keep;
                        let kept = u32::try_from(keep).map_err(|_| ProtocolError::new("limits are out of range"))?;
                        self.message.put_u32(kept);
                        self.state = State::Value { keep, skip: length - keep };
                    }
                }
                State::Value { keep: 0, skip: 0 } => self.state = State::Length,
                State::Value { keep, skip } => {
                    if input.is_empty() {
                        return Ok(None);
                    }
                    let kept = keep.min(input.len());
                    self.message.extend_from_slice(&input[..kept]);
                    input.advance(kept);
                    let skipped = if kept == keep { skip.min(input.len()) } else { 0 };
                    input.advance(skipped);
                    self.remaining -= kept + skipped;
                    self.state = State::Value { keep: keep - kept, skip: skip - skipped };
                }
            }
        }
    }

    fn take(&mut self, input: &mut BytesMut, length: usize) -> Result<Option<BytesMut>, ProtocolError> {
        if length > self.remaining {
            return Err(ProtocolError::new("a row is shorter than its values"));
        }
        if input.len() < length {
            return Ok(None);
        }
        self.remaining -= length;
        Ok(Some(input.split_to(length)))
    }

    fn finish(&mut self) -> Result<Bytes, ProtocolError> {
        let length =
            i32::try_from(self.message.len() - 1).map_err(|_| ProtocolError::new("limits are out of range"))?;
        self.message[1..5].copy_from_slice(&length.to_be_bytes());
        Ok(self.message.split().freeze())
    }
}
