//! Lists in pages: each page begins after the last row of the one before, so that rows which come and go in between
//! make nobody see one twice.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest page, whatever is asked for.
pub const MAX_PAGE: u32 = 500;

/// A cursor that no page of this list has given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct InvalidCursor;

/// How many rows to read for a page of `limit`: one more, which tells whether there is a next page.
pub(crate) fn rows_to_read(limit: u32) -> i64 {
    i64::from(page_length(limit)) + 1
}

pub(crate) fn page_length(limit: u32) -> u32 {
    limit.clamp(1, MAX_PAGE)
}

/// Writes the sort key of a row as text for a URL.
pub(crate) fn encode_cursor<const N: usize>(key: [&str; N]) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::json!(key.as_slice()).to_string())
}

/// Reads what [`encode_cursor`] wrote for a key of the same number of parts.
pub(crate) fn decode_cursor<const N: usize>(text: &str) -> Result<[String; N], InvalidCursor> {
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
    let parts: Vec<String> = serde_json::from_slice(&json).map_err(|_| InvalidCursor)?;
    parts.try_into().map_err(|_| InvalidCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_only_by_the_list_that_wrote_it() {
        let cursor = encode_cursor(["a \"group\"", "näme", "id"]);
        assert_eq!(decode_cursor::<3>(&cursor), Ok(["a \"group\"", "näme", "id"].map(str::to_owned)));
        assert_eq!(decode_cursor::<1>(&cursor), Err(InvalidCursor));
        for text in ["", "!", "AAAA", &URL_SAFE_NO_PAD.encode("{}")] {
            assert_eq!(decode_cursor::<1>(text), Err(InvalidCursor), "{text}");
        }
    }
}
