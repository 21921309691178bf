//! Streams made by hand, cut at every position.

#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::BufMut;
use proptest::prelude::*;

use super::*;
use crate::value::{Value, rows};

/// Small, so that small streams meet every limit.
fn limits() -> Limits {
    Limits {
        batch_bytes: 60,
        row_bytes: 90,
        divided_row_bytes: 200,
        kept_value_bytes: 20,
        kept_row_bytes: 45,
        message_bytes: 100,
        ..Limits::default()
    }
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![tag];
    message.put_u32(u32::try_from(body.len() + 4).unwrap());
    message.extend_from_slice(body);
    message
}

fn row(values: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut body = Vec::new();
    body.put_u16(u16::try_from(values.len()).unwrap());
    for value in values {
        match value {
            Some(value) => {
                body.put_u32(u32::try_from(value.len()).unwrap());
                body.extend_from_slice(value);
            }
            None => body.put_i32(-1),
        }
    }
    message(b'D', &body)
}

/// A message of the server, and how it is to be seen.
#[derive(Debug, Clone)]
enum Sent {
    Row(Vec<Option<Vec<u8>>>),
    Copy(Vec<u8>),
    Other(u8, usize),
}

#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Row(Vec<Option<(Vec<u8>, usize)>>),
    Copy(Vec<u8>),
    Other(u8, usize),
}

impl Sent {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Row(values) => row(values),
            Self::Copy(data) => message(b'd', data),
            Self::Other(tag, length) => message(*tag, &vec![b'x'; *length]),
        }
    }

    fn seen(&self, divides: bool) -> Option<Seen> {
        let limits = limits();
        Some(match self {
            Self::Row(values) => {
                let length = row(values).len() - 1;
                let is_large = length > if divides { limits.divided_row_bytes } else { limits.row_bytes };
                let mut budget = limits.kept_row_bytes;
                let keep = |value: &Vec<u8>| {
                    let mut kept = value.clone();
                    if is_large {
                        kept.truncate(limits.kept_value_bytes.min(budget));
                        budget -= kept.len();
                    }
                    (kept, value.len())
                };
                let mut keep = keep;
                Seen::Row(values.iter().map(|value| value.as_ref().map(&mut keep)).collect())
            }
            Self::Copy(data) => Seen::Copy(data.clone()),
            Self::Other(b't', _) => return None,
            Self::Other(tag, length) if length + 4 > limits.message_bytes => {
                Seen::Other(*tag, limits.message_bytes - HEADER)
            }
            Self::Other(tag, length) => Seen::Other(*tag, *length),
        })
    }
}

fn framing(divides: bool) -> Framing {
    let mut framing = Framing::new(limits());
    if divides {
        framing.divide_rows();
    }
    framing
}

/// What comes out when the stream arrives in these pieces; after each, what has been gathered is passed on if told so.
fn receive(stream: &[u8], pieces: &[(usize, bool)], divides: bool) -> Vec<Seen> {
    let mut framing = framing(divides);
    let mut parts = Vec::new();
    let (mut seen, mut rest, mut pieces) = (Vec::new(), stream, pieces.iter());
    loop {
        while let Some(frame) = framing.next().unwrap() {
            see(frame, &mut parts, &mut seen);
        }
        if rest.is_empty() {
            break;
        }
        let (length, flush) = pieces.next().copied().unwrap_or((usize::MAX, false));
        if flush && let Some(frame) = framing.flush() {
            see(frame, &mut parts, &mut seen);
        }
        let space = framing.space();
        let length = length.min(rest.len()).min(space.capacity() - space.len());
        space.extend_from_slice(&rest[..length]);
        framing.filled();
        rest = &rest[length..];
    }
    if let Some(frame) = framing.flush() {
        see(frame, &mut parts, &mut seen);
    }
    assert!(parts.is_empty());
    seen
}

fn see_rows(bytes: &[u8], seen: &mut Vec<Seen>) {
    for row in rows(bytes) {
        let value = |value| match value {
            Value::Null => None,
            Value::Text(text) => Some((text.to_vec(), text.len())),
            Value::Cut { kept, full_length } => Some((kept.to_vec(), full_length)),
        };
        seen.push(Seen::Row(row.values().map(value).collect()));
    }
}

/// `parts` are those of a row that has not ended.
fn see(frame: Frame, parts: &mut Vec<u8>, seen: &mut Vec<Seen>) {
    let is_part = matches!(frame, Frame::RowPart { .. });
    assert!(is_part || parts.is_empty(), "{frame:?} in the middle of a row");
    let before = seen.len();
    match frame {
        Frame::Rows(batch) => {
            assert!(batch.bytes().len() <= limits().batch_bytes || batch.rows() == 1);
            see_rows(batch.bytes(), seen);
            assert_eq!(seen.len() - before, batch.rows() as usize);
        }
        Frame::RowPart { bytes, is_last } => {
            assert!((1..=limits().batch_bytes).contains(&bytes.len()));
            parts.extend_from_slice(&bytes);
            if is_last {
                see_rows(&std::mem::take(parts), seen);
                assert_eq!(seen.len() - before, 1);
            }
        }
        Frame::CopyData(data) => match seen.last_mut() {
            Some(Seen::Copy(earlier)) => earlier.extend_from_slice(&data),
            _ => seen.push(Seen::Copy(data.to_vec())),
        },
        Frame::Message(message) => seen.push(Seen::Other(message[0], message.len() - HEADER)),
        Frame::LimitReached => panic!("there is no limit"),
    }
}

/// COPY data that follows COPY data is one.
fn expected(sent: &[Sent], divides: bool) -> Vec<Seen> {
    let mut expected: Vec<Seen> = Vec::new();
    for seen in sent.iter().filter_map(|sent| sent.seen(divides)) {
        match (expected.last_mut(), seen) {
            (_, Seen::Copy(data)) if data.is_empty() => {}
            (Some(Seen::Copy(earlier)), Seen::Copy(data)) => earlier.extend_from_slice(&data),
            (_, seen) => expected.push(seen),
        }
    }
    expected
}

fn sent() -> impl Strategy<Value = Sent> {
    let value = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..50));
    prop_oneof![
        6 => proptest::collection::vec(value, 0..6).prop_map(Sent::Row),
        3 => proptest::collection::vec(any::<u8>(), 0..100).prop_map(Sent::Copy),
        1 => (proptest::sample::select(vec![b'T', b'C', b'Z', b'H', b'S']), 0..90_usize)
            .prop_map(|(tag, length)| Sent::Other(tag, length)),
        1 => (proptest::sample::select(vec![b'E', b'N', b't']), 0..300_usize)
            .prop_map(|(tag, length)| Sent::Other(tag, length)),
    ]
}

proptest! {
    #[test]
    fn however_the_stream_is_cut_the_same_comes_out(
        sent in proptest::collection::vec(sent(), 0..20),
        pieces in proptest::collection::vec((1..200_usize, any::<bool>()), 0..40),
        divides in any::<bool>(),
    ) {
        let stream: Vec<u8> = sent.iter().flat_map(Sent::bytes).collect();
        prop_assert_eq!(receive(&stream, &pieces, divides), expected(&sent, divides));
        let bytewise = vec![(1, false); stream.len()];
        prop_assert_eq!(receive(&stream, &bytewise, divides), expected(&sent, divides));
    }

    #[test]
    fn no_stream_makes_it_panic_or_hold_more_than_its_limits(stream in proptest::collection::vec(
        prop_oneof![Just(0_u8), Just(b'D'), Just(b'd'), Just(b'E'), Just(b'T'), any::<u8>()], 0..300),
        divides in any::<bool>())
    {
        let mut framing = framing(divides);
        for byte in stream {
            framing.space().put_u8(byte);
            loop {
                match framing.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => return Ok(()),
                }
            }
            prop_assert!(framing.buffer.capacity() <= 2 * SMALL_READ);
        }
    }
}

fn fill(framing: &mut Framing, bytes: &[u8]) {
    framing.space().extend_from_slice(bytes);
    framing.filled();
}

#[test]
fn every_single_cut_of_a_result_gives_the_same() {
    let value = |length: usize| Some(vec![b'v'; length]);
    let sent = [
        Sent::Other(b'T', 8),
        Sent::Row(vec![value(3), None]),
        Sent::Row(vec![value(30), value(70), None, value(0)]),
        Sent::Row(vec![value(1)]),
        Sent::Row(vec![value(230), value(70)]),
        Sent::Row(vec![value(120)]),
        Sent::Other(b'N', 150),
        Sent::Row(vec![]),
        Sent::Copy(vec![b'c'; 130]),
        Sent::Other(b'C', 8),
        Sent::Other(b'Z', 1),
    ];
    let stream: Vec<u8> = sent.iter().flat_map(Sent::bytes).collect();
    for cut in 1..stream.len() {
        for divides in [false, true] {
            let received = receive(&stream, &[(cut, false)], divides);
            assert_eq!(received, expected(&sent, divides), "cut at {cut}, {divides}");
        }
    }
}

#[test]
fn the_first_rows_of_a_result_do_not_wait() {
    let mut framing = Framing::new(limits());
    let one = row(&[Some(b"1".to_vec())]);
    fill(&mut framing, &message(b'T', b""));
    assert!(matches!(framing.next(), Ok(Some(Frame::Message(_)))));
    fill(&mut framing, &one);
    assert!(matches!(framing.next(), Ok(Some(Frame::Rows(_)))));
    fill(&mut framing, &one);
    assert!(matches!(framing.next(), Ok(None)));
    assert!(framing.has_gathered());
}

#[test]
fn no_more_rows_than_the_limit_pass() {
    let mut framing = Framing::new(limits());
    let one = row(&[Some(b"1".to_vec())]);
    framing.limit_rows(Some(2));
    fill(&mut framing, &[one.repeat(3), message(b'C', b"")].concat());
    assert!(matches!(framing.next(), Ok(Some(Frame::Rows(batch))) if batch.rows() == 2));
    assert!(matches!(framing.next(), Ok(Some(Frame::LimitReached))));
    assert!(matches!(framing.next(), Ok(Some(Frame::LimitReached))));
    framing.limit_rows(Some(5));
    assert!(matches!(framing.next(), Ok(Some(Frame::Rows(batch))) if batch.rows() == 1));
    assert!(matches!(framing.next(), Ok(Some(Frame::Message(_)))));
}

#[test]
fn a_divided_row_counts_once_when_it_has_ended() {
    let (small, large) = (row(&[None]), row(&[Some(vec![b'x'; 150])]));
    let end = message(b'C', b"");
    let passed = |framing: &mut Framing| {
        let (mut passed, mut parts) = (Vec::new(), Vec::new());
        loop {
            match framing.next().unwrap() {
                Some(Frame::LimitReached) => return (passed, true),
                None => return (passed, false),
                Some(frame) => see(frame, &mut parts, &mut passed),
            }
        }
    };
    // The limit is reached on it, and behind it.
    for (limit, rows) in [(1, &[&small, &large, &small][..]), (2, &[&small, &large, &large]), (1, &[&large, &small])] {
        let mut framing = framing(true);
        framing.limit_rows(Some(limit));
        fill(&mut framing, &[rows.iter().copied().flatten().copied().collect(), end.clone()].concat());
        let (before, is_reached) = passed(&mut framing);
        assert_eq!((before.len() as u64, is_reached), (limit, true));
        framing.limit_rows(None);
        let (behind, is_reached) = passed(&mut framing);
        assert_eq!((behind.len(), is_reached), (rows.len() + 1 - before.len(), false));
    }
    // It waits, is waited for, and is asked for only once.
    let mut framing = framing(true);
    framing.limit_rows(Some(1));
    fill(&mut framing, &large[..100]);
    assert!(matches!(framing.next(), Ok(Some(Frame::RowPart { is_last: false, .. }))));
    assert!(matches!(framing.next(), Ok(None)));
    assert!(!framing.limit_is_reached() && !framing.has_gathered());
    framing.rest();
    fill(&mut framing, &[&large[100..], &large].concat());
    assert!(matches!(framing.next(), Ok(Some(Frame::RowPart { is_last: false, .. }))));
    assert!(matches!(framing.next(), Ok(Some(Frame::RowPart { is_last: true, .. }))));
    assert!(matches!(framing.next(), Ok(Some(Frame::Rows(batch))) if batch.bytes()[0] == b'L'));
}

/// COPY data in lines of these lengths, and the rows that they are.
fn lines(lengths: &[usize]) -> (Vec<u8>, Vec<Sent>) {
    let line = |length: &usize| vec![b'l'; *length];
    let sent = lengths.iter().map(|length| message(b'd', &[line(length), b"\n".to_vec()].concat()));
    let rows = lengths.iter().map(|length| Sent::Row(vec![Some(line(length))])).collect();
    ([message(b'H', &[0, 0, 1, 0, 0]), sent.collect::<Vec<_>>().concat(), message(b'C', b"tag")].concat(), rows)
}

#[test]
fn lines_of_copy_data_are_rows_wherever_the_stream_is_cut() {
    let (stream, mut rows) = lines(&[3, 0, 40, 60, 79, 80, 81, 150, 189, 190, 191, 300, 1]);
    rows.insert(0, Sent::Other(b'H', 5));
    rows.push(Sent::Other(b'C', 3));
    for cut in 1..stream.len() {
        for divides in [false, true] {
            let mut framing = framing(divides);
            framing.copy_lines();
            let (mut seen, mut parts) = (Vec::new(), Vec::new());
            for piece in [&stream[..cut], &stream[cut..]] {
                fill(&mut framing, piece);
                while let Some(frame) = framing.next().unwrap() {
                    see(frame, &mut parts, &mut seen);
                }
            }
            assert_eq!(seen, expected(&rows, divides), "cut at {cut}, {divides}");
            framing.rest();
            assert!(!framing.copies_lines());
        }
    }
}

#[test]
fn lines_of_copy_data_stop_at_the_limit_and_are_discarded_like_rows() {
    for lengths in [[1, 2, 3], [1, 150, 2], [150, 1, 2], [1, 300, 150], [300, 150, 1]] {
        let (stream, _) = lines(&lengths);
        for cut in 15..stream.len() {
            let mut framing = framing(true);
            framing.copy_lines();
            framing.limit_rows(Some(2));
            fill(&mut framing, &stream[..cut]);
            let (mut seen, mut parts) = (Vec::new(), Vec::new());
            let mut is_reached = false;
            while let Some(frame) = framing.next().unwrap() {
                if matches!(frame, Frame::LimitReached) {
                    is_reached = true;
                    break;
                }
                see(frame, &mut parts, &mut seen);
            }
            framing.discard_rows();
            fill(&mut framing, &stream[cut..]);
            assert!(matches!(framing.next(), Ok(Some(Frame::Message(message))) if message[0] == b'C'));
            let passed = seen.iter().filter(|seen| matches!(seen, Seen::Row(_))).count() as u64;
            assert!(passed == 2 || !is_reached, "{lengths:?} cut at {cut}");
            assert_eq!(passed + framing.end_statement(), 3, "{lengths:?} cut at {cut}");
        }
    }
}

#[test]
fn binary_copy_data_is_none_in_lines() {
    let mut framing = framing(true);
    framing.copy_lines();
    fill(&mut framing, &[message(b'H', &[1, 0, 1, 0, 1]), message(b'd', b"a\n"), message(b'c', b"")].concat());
    assert!(matches!(framing.next(), Ok(Some(Frame::Message(_)))));
    assert!(matches!(framing.next(), Ok(Some(Frame::CopyData(data))) if &data[..] == b"a\n"));
}

#[test]
fn discarded_rows_are_counted_wherever_they_were_cut() {
    let large = row(&[Some(vec![b'x'; 180])]);
    let small = row(&[None]);
    let stream = [small.clone(), large, small, message(b'C', b"")].concat();
    for cut in 0..2 * stream.len() {
        let (mut framing, cut) = (framing(cut % 2 == 0), cut / 2);
        let mut passed = 0;
        let mut take = |framing: &mut Framing| {
            while let Some(frame) = framing.next().unwrap() {
                match frame {
                    Frame::Rows(batch) => passed += u64::from(batch.rows()),
                    Frame::RowPart { is_last, .. } => passed += u64::from(is_last),
                    _ => {}
                }
            }
        };
        fill(&mut framing, &stream[..cut]);
        take(&mut framing);
        framing.discard_rows();
        fill(&mut framing, &stream[cut..]);
        take(&mut framing);
        assert_eq!(passed + framing.end_statement(), 3, "cut at {cut}");
    }
}

#[test]
fn impossible_lengths_are_refused() {
    for stream in [
        &b"D\0\0\0\x03"[..],
        b"D\xff\xff\xff\xff",
        b"T\0\x10\0\0",
        b"C\x7f\xff\xff\xff",
        // A large row whose value is longer than itself.
        b"D\0\0\0\xc8\0\x01\0\0\x01\0",
    ] {
        let mut framing = Framing::new(limits());
        fill(&mut framing, stream);
        assert!(framing.next().is_err(), "{stream:?}");
    }
}

#[test]
fn a_session_holds_little_whatever_passes() {
    const MIB: usize = 1024 * 1024;
    let mut batches = Vec::new();
    for (tag, length, copies_lines) in [
        (b'D', 100 * MIB, false),
        (b'D', 31 * MIB, false),
        (b'd', 100 * MIB, false),
        (b'd', 100 * MIB, true),
        (b'd', 31 * MIB, true),
        (b'E', 100 * MIB, false),
        (b'D', 250 * 1024, false),
    ] {
        let mut framing = Framing::new(Limits::default());
        framing.divide_rows();
        if copies_lines {
            framing.copy_lines();
            fill(&mut framing, &message(b'H', &[0, 0, 0]));
            assert!(matches!(framing.next(), Ok(Some(Frame::Message(_)))));
        }
        let mut header = vec![tag];
        header.put_u32(u32::try_from(length + 4).unwrap());
        if tag == b'D' {
            header.put_u16(1);
            header.put_u32(u32::try_from(length - 6).unwrap());
        }
        let mut left = length + 5;
        fill(&mut framing, &header);
        left -= header.len();
        loop {
            // A reader that keeps the last two batches pins what they are pieces of.
            while let Some(frame) = framing.next().unwrap() {
                batches.push(frame);
                batches.drain(..batches.len().saturating_sub(2));
            }
            let ongoing = match &framing.ongoing {
                Ongoing::Row(row) => row.capacity(),
                Ongoing::Cut { kept, .. } => kept.capacity(),
                _ => 0,
            };
            let held = framing.buffer.capacity() + framing.copy.capacity() + ongoing;
            assert!(held < 700 * 1024, "{held} bytes for `{}`", char::from(tag));
            if left == 0 {
                break;
            }
            let space = framing.space();
            let piece = (space.capacity() - space.len()).min(left);
            space.put_bytes(b'x', piece);
            framing.filled();
            left -= piece;
        }
    }
}
