//! Rows in pieces for a page on a slow network: what it says is heard between them, and little is under way.

use bytes::{BufMut, Bytes, BytesMut};

/// A part of a row, with its header, has no more bytes.
const PART_BYTES: usize = 64 * 1024;
/// A row's length begins behind its type.
const LENGTH: std::ops::Range<usize> = 1..5;

/// Rows as PostgreSQL sent them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) count: u32,
    pub(super) bytes: Bytes,
}

impl Rows {
    /// Takes whole rows off the front: as many as fit into `most` bytes, and at least one.
    pub(super) fn take(&mut self, most: usize) -> Self {
        if self.bytes.len() <= most {
            return std::mem::replace(self, Self { count: 0, bytes: Bytes::new() });
        }
        let (mut count, mut end) = (0, 0);
        while let Some(next) = row_end(&self.bytes, end)
            && (count == 0 || next <= most)
        {
            (count, end) = (count + 1, next);
        }
        if end == 0 {
            (count, end) = (self.count, self.bytes.len());
        }
        self.count -= count;
        Self { count, bytes: self.bytes.split_to(end) }
    }
}

/// Takes a part of at most `most` bytes off what there is of a divided row: a message `P`.
pub(super) fn take_part(rest: &mut Bytes, most: usize) -> Bytes {
    let most = most.clamp(LENGTH.end + 1, PART_BYTES) - LENGTH.end;
    let body = rest.split_to(rest.len().min(most));
    let mut part = BytesMut::with_capacity(LENGTH.end + body.len());
    part.put_u8(b'P');
    part.put_u32(u32::try_from(LENGTH.len() + body.len()).expect("a part is short"));
    part.put(body);
    part.freeze()
}

/// Where the row ends that begins at `start`; none where no whole row does.
fn row_end(bytes: &[u8], start: usize) -> Option<usize> {
    let length = bytes.get(start..)?.get(LENGTH)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let end = start.checked_add(LENGTH.start)?.checked_add(usize::try_from(length).ok()?)?;
    (end > start + LENGTH.start && end <= bytes.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of so many bytes each.
    fn rows(sizes: &[usize]) -> Rows {
        let mut bytes = Vec::new();
        for size in sizes {
            bytes.push(b'D');
            bytes.extend(u32::try_from(size - 1).unwrap_or_default().to_be_bytes());
            bytes.resize(bytes.len() + size - LENGTH.end, 0);
        }
        Rows { count: u32::try_from(sizes.len()).unwrap_or_default(), bytes: bytes.into() }
    }

    #[test]
    fn pieces_are_whole_rows_that_fit_and_nothing_is_lost() {
        for (sizes, most, pieces) in [
            (&[10, 10, 10][..], 30, &[&[10, 10, 10][..]][..]),
            (&[10, 10, 10], 29, &[&[10, 10], &[10]]),
            (&[10, 10, 10], 1, &[&[10], &[10], &[10]]),
            (&[100, 10, 10], 20, &[&[100], &[10, 10]]),
            (&[10, 100], 20, &[&[10], &[100]]),
        ] {
            let mut rest = rows(sizes);
            for piece in pieces {
                assert_eq!(rest.take(most), rows(piece), "{sizes:?} in {most}");
            }
            assert_eq!(rest, rows(&[]), "{sizes:?} in {most}");
        }
    }

    #[test]
    fn parts_with_their_headers_fit_and_nothing_is_lost() {
        let row: Bytes = (0..=255_u8).cycle().take(200_000).collect();
        for (most, count) in [(1 << 20, 4), (2048, 98), (1000, 202)] {
            let (mut rest, mut found, mut parts) = (row.clone(), Vec::new(), 0);
            while !rest.is_empty() {
                let part = take_part(&mut rest, most);
                assert!(part.len() <= most.min(64 * 1024), "{most}");
                assert_eq!((part[0], row_end(&part, 0)), (b'P', Some(part.len())), "{most}");
                found.extend_from_slice(&part[LENGTH.end..]);
                parts += 1;
            }
            assert_eq!((found, parts), (row.to_vec(), count), "{most}");
        }
    }

    #[test]
    fn what_is_no_row_stays_whole() {
        let bytes = Bytes::from_static(b"D\0\0\0\0 and more");
        let mut rest = Rows { count: 2, bytes: bytes.clone() };
        assert_eq!(rest.take(3), Rows { count: 2, bytes });
    }
}
