//! The key that secrets at rest are sealed with. It lives outside the database (R5).

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use domain::random::Random;

const BYTES: usize = 32;

/// 256 bits. Not `Debug`, so that it does not slip into a log.
pub struct SecretKey([u8; BYTES]);

impl SecretKey {
    /// For whatever seals.
    pub fn expose(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// Reads the file; makes it with mode 0600 when it is absent.
    ///
    /// # Errors
    /// A sentence: it cannot be read or made, or is not 64 hexadecimal digits.
    pub fn load_or_make(path: &Path, random: &Random) -> Result<Self, String> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(path, random).map_err(|error| format!("cannot make {}: {error}", path.display()))?;
                std::fs::read_to_string(path)
            }
            read => read,
        }
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let key = parse(text.trim()).ok_or_else(|| {
            format!("{} is not a key of 64 hexadecimal digits; restore it from your backup", path.display())
        })?;
        warn_when_others_may_read(path);
        Ok(Self(key))
    }
}

/// Written whole under another name first: of two processes at once one wins, and both read the same key.
fn make(path: &Path, random: &Random) -> std::io::Result<()> {
    let digits: String = random.bytes::<BYTES>().iter().map(|byte| format!("{byte:02x}")).collect();
    let suffix = u64::from_le_bytes(random.bytes());
    let draft = path.with_extension(format!("{suffix:016x}"));
    let written = write_private(&draft, &digits).and_then(|()| match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = std::fs::remove_file(&draft);
    written.and(removed)
}

fn write_private(path: &Path, digits: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    writeln!(file, "{digits}")?;
    file.sync_all()
}

fn parse(text: &str) -> Option<[u8; BYTES]> {
    if text.len() != BYTES * 2 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; BYTES];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(key)
}

fn warn_when_others_may_read(path: &Path) {
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        if mode & 0o077 != 0 {
            tracing::warn!(file = %path.display(), "other users may read the secret key; chmod 600 it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::TemporaryDir;

    #[test]
    fn is_made_once_and_private() {
        let dir = TemporaryDir::new("secret-key");
        let path = dir.path().join("secret.key");
        let first = SecretKey::load_or_make(&path, &Random::System).unwrap();
        let again = SecretKey::load_or_make(&path, &Random::System).unwrap();
        assert_eq!(first.expose(), again.expose());
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no draft stays behind");
    }

    #[test]
    fn a_damaged_one_is_refused_not_replaced() {
        let dir = TemporaryDir::new("damaged-key");
        let path = dir.path().join("secret.key");
        std::fs::write(&path, "not a key").unwrap();
        let error = SecretKey::load_or_make(&path, &Random::System).err().unwrap();
        assert!(error.contains("64 hexadecimal digits"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "not a key");
    }
}
