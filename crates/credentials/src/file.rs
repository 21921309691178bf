//! Small files of this machine that hold secrets.

use std::io::ErrorKind;
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

const MOST_BYTES: u64 = 1024 * 1024;

/// A file's text.
///
/// # Errors
///
/// In words without the path, which people who use the server need not know.
pub(crate) async fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let read = async {
        // Whoever opens a pipe waits until somebody writes into it.
        if !tokio::fs::metadata(path).await?.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        let mut text = Zeroizing::new(String::new());
        File::open(path).await?.take(MOST_BYTES).read_to_string(&mut text).await?;
        Ok(text)
    };
    read.await.map_err(|error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "Howdah may not read it".to_owned(),
        ErrorKind::InvalidInput => "it is no ordinary file".to_owned(),
        ErrorKind::InvalidData => "it is no text".to_owned(),
        kind => kind.to_string(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[tokio::test]
    async fn what_cannot_be_read_is_said_in_words() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("token");
        let read = async || read(&path).await.map(|text| text.to_string());
        assert_eq!(read().await.unwrap_err(), "there is no such file");
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(read().await.unwrap_err(), "it is no text");
        std::fs::write(&path, "text").unwrap();
        assert_eq!(read().await.unwrap(), "text");
        assert_eq!(super::read(directory.path()).await.unwrap_err(), "it is no ordinary file");
        assert_eq!(super::read(Path::new("/dev/zero")).await.unwrap_err(), "it is no ordinary file");
    }
}
