//! Where the database is, and whether SQLite's locks hold there.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file or memory.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// With its full path.
    File(PathBuf),
    /// Of this process.
    Memory,
}

impl Place {
    /// For messages.
    pub(super) fn show(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Memory => "memory".to_owned(),
        }
    }

    /// Refuses a file on a file system whose locks are not to be trusted, where that can be told.
    pub(super) fn check(&self) -> Result<()> {
        let Self::File(path) = self else {
            return Ok(());
        };
        // Elsewhere than on Linux there is no such file, and nothing is refused.
        let Ok(mounts) = std::fs::read_to_string("/proc/self/mounts") else {
            return Ok(());
        };
        match network_kind(&mounts, path) {
            Some(kind) => Err(Error::NetworkFileSystem {
                place: self.show(),
                kind,
            }),
            None => Ok(()),
        }
    }
}

/// The file that was opened, to be told from another one at its path. While it is gone, SQLite would go on with what is
/// left of it, and all that is stored would be lost with the process.
#[derive(Debug, Clone)]
pub(super) struct Opened(Option<(PathBuf, Identity)>);

/// Device and inode.
type Identity = (u64, u64);

impl Opened {
    /// Of a file that is open by now.
    pub(super) fn new(place: &Place) -> Self {
        Self(match place {
            Place::File(path) => identity(path).map(|identity| (path.clone(), identity)),
            Place::Memory => None,
        })
    }

    /// Whether it is there still. Costs one look at the folder, a microsecond or so.
    pub(super) fn check(&self) -> Result<()> {
        match &self.0 {
            Some((path, opened)) if identity(path) != Some(*opened) => Err(Error::FileGone {
                place: path.display().to_string(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let file = std::fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

/// Elsewhere an open file cannot be deleted.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}

const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb",
    "smb2",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.s3fs",
    "fuse.rclone",
    "fuse.ceph",
    "fuse.davfs",
    "lustre",
    "ncpfs",
    "davfs",
];

/// The kind of the network file system that holds `path`, by the text of the mount table.
fn network_kind(mounts: &str, path: &Path) -> Option<String> {
    let holder = mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let at = unescape(fields.next()?);
            let kind = fields.next()?;
            path.starts_with(&at).then_some((at.len(), kind))
        })
        // Of equally long ones the last was mounted over the others.
        .max_by_key(|(length, _)| *length)?;
    NETWORK.contains(&holder.1).then(|| holder.1.to_owned())
}

/// The mount table writes blanks and their like as `\040`.
fn unescape(field: &str) -> String {
    let mut text = field.to_owned();
    for (escaped, plain) in [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ] {
        text = text.replace(escaped, plain);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems() {
        let mounts = "/dev/sda1 / ext4 rw 0 0\nserver:/x /data nfs4 rw 0 0\n/dev/sdb /data/local xfs rw 0 0\nme@h: /my\\040disk fuse.sshfs rw 0 0\n";
        let kind = |path: &str| network_kind(mounts, Path::new(path));
        assert_eq!(kind("/home/a.db"), None);
        assert_eq!(kind("/data/a.db").as_deref(), Some("nfs4"));
        assert_eq!(kind("/database/a.db"), None);
        assert_eq!(kind("/data/local/a.db"), None);
        assert_eq!(kind("/my disk/a.db").as_deref(), Some("fuse.sshfs"));
        assert_eq!(network_kind("", Path::new("/a")), None);
    }
}
