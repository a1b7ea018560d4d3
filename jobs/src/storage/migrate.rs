//! Which migrations are to be run: the part that all backends share. No I/O.

use crate::error::{Error, Result};

/// One step of the schema; steps are only ever added.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) sql: &'static str,
}

/// What is to be run on a database that is at version `found` (0 if it has no tables).
pub(crate) fn pending(
    known: &'static [Migration],
    found: i64,
    allowed: bool,
) -> Result<&'static [Migration]> {
    let newest = known.last().map_or(0, |migration| migration.version);
    if found > newest {
        return Err(Error::NewerSchema {
            found,
            known: newest,
        });
    }
    let next = known.partition_point(|migration| migration.version <= found);
    if next < known.len() && !allowed {
        return Err(Error::NotMigrated {
            found,
            needed: newest,
        });
    }
    Ok(&known[next..])
}

#[cfg(test)]
mod tests {
    use super::*;

    static KNOWN: [Migration; 2] = [
        Migration {
            version: 1,
            sql: "one",
        },
        Migration {
            version: 2,
            sql: "two",
        },
    ];

    #[test]
    fn runs_what_is_missing_and_refuses_what_is_newer() {
        let versions = |found| -> Vec<i64> {
            pending(&KNOWN, found, true)
                .expect("not newer")
                .iter()
                .map(|migration| migration.version)
                .collect()
        };
        assert_eq!(versions(0), [1, 2]);
        assert_eq!(versions(1), [2]);
        assert!(versions(2).is_empty());
        assert!(matches!(
            pending(&KNOWN, 3, true),
            Err(Error::NewerSchema { found: 3, known: 2 })
        ));
        assert!(matches!(
            pending(&KNOWN, 1, false),
            Err(Error::NotMigrated {
                found: 1,
                needed: 2
            })
        ));
        assert!(pending(&KNOWN, 2, false).expect("up to date").is_empty());
    }
}
