//! Which migrations are to be run. No I/O: a backend finds the version, asks here, and runs what it is told.

use crate::error::{Error, Result};

/// One step of the schema; versions count from 1 without gaps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// The version that the schema has afterwards.
    pub(crate) version: i64,
    /// Its statements, with `{p}` or `{s}` for what is put before names.
    pub(crate) sql: &'static str,
}

/// The steps that lead from the version `found` (0 for an empty database) to the newest, or why there are none.
pub(crate) fn pending(found: i64, all: &[Migration], allowed: bool) -> Result<&[Migration]> {
    let known = all.last().map_or(0, |last| last.version);
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    let first = all.partition_point(|step| step.version <= found);
    if first < all.len() && !allowed {
        return Err(Error::NotMigrated {
            found,
            needed: known,
        });
    }
    Ok(&all[first..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Migration] = &[
        Migration {
            version: 1,
            sql: "",
        },
        Migration {
            version: 2,
            sql: "",
        },
    ];

    #[test]
    fn only_forward() {
        let versions = |found| {
            pending(found, ALL, true)
                .map(|steps| steps.iter().map(|step| step.version).collect::<Vec<_>>())
        };
        assert!(matches!(versions(0), Ok(v) if v == vec![1, 2]));
        assert!(matches!(versions(1), Ok(v) if v == vec![2]));
        assert!(matches!(versions(2), Ok(v) if v == Vec::<i64>::new()));
        assert!(matches!(
            versions(3),
            Err(Error::NewerSchema { found: 3, known: 2 })
        ));
        assert!(matches!(
            pending(1, ALL, false),
            Err(Error::NotMigrated {
                found: 1,
                needed: 2
            })
        ));
        assert!(pending(2, ALL, false).is_ok());
    }
}
