//! What has been written of a file and not been sent yet.

use bytes::{Bytes, BytesMut};

/// A part of the file is sent when it has so many bytes.
pub(super) const PART: usize = 32 * 1024;
/// Every buffer is of this size, unless what is written at once is longer: an allocator that is asked for many sizes
/// keeps memory for each of them.
const CAPACITY: usize = 64 * 1024;

/// Takes what was written, once it is worth sending: at least so many bytes.
pub(super) fn take(out: &mut BytesMut, at_least: usize) -> Bytes {
    if out.len() < at_least {
        return Bytes::new();
    }
    std::mem::replace(out, BytesMut::with_capacity(CAPACITY)).freeze()
}
