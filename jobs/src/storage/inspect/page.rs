//! One page out of two tables, each of which was read only so far.

use uuid::Uuid;

use super::GroupsPage;
use crate::{
    record::JobId,
    storage::{GroupId, GroupRow},
};

/// What one table gave: ids in falling order.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) ids: Vec<Uuid>,
    /// All that match and are not smaller than this are among `ids`; `None` if the table was read to its end.
    pub(crate) complete_to: Option<Uuid>,
}

impl Source {
    /// From what a statement with a limit gave, and where it had to stop looking.
    pub(crate) fn new(ids: Vec<Uuid>, limit: u32, stopped_at: Option<Uuid>) -> Self {
        let full = ids.len() >= limit as usize;
        Self {
            complete_to: if full {
                ids.last().copied()
            } else {
                stopped_at
            },
            ids,
        }
    }
}

/// The ids of a page, and from where the next one begins.
pub(crate) fn merged(sources: Vec<Source>, limit: u32) -> (Vec<Uuid>, Option<JobId>) {
    let horizon = sources.iter().filter_map(|source| source.complete_to).max();
    let mut ids: Vec<Uuid> = sources.into_iter().flat_map(|source| source.ids).collect();
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.dedup();
    ids.retain(|id| horizon.is_none_or(|horizon| *id >= horizon));
    let cut = ids.len() > limit as usize;
    ids.truncate(limit as usize);
    let end = if cut { ids.last().copied() } else { horizon };
    (ids, end.and_then(before).map(JobId::from))
}

impl GroupsPage {
    /// From what a statement with a limit gave, and where it had to stop looking.
    pub(crate) fn new(rows: Vec<GroupRow>, limit: u32, stopped_at: Option<Uuid>) -> Self {
        let ids = rows.iter().map(|row| row.group.id.0).collect();
        let (_, next) = merged(vec![Source::new(ids, limit, stopped_at)], limit);
        Self {
            rows,
            next: next.map(|next| GroupId(next.as_uuid())),
        }
    }
}

/// The next smaller id.
fn before(id: Uuid) -> Option<Uuid> {
    id.as_u128().checked_sub(1).map(Uuid::from_u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: &[u128]) -> Vec<Uuid> {
        numbers.iter().map(|n| Uuid::from_u128(*n)).collect()
    }

    #[test]
    fn a_page_ends_where_the_first_table_was_not_read_on() {
        let hot = Source::new(ids(&[9, 7]), 2, None);
        let old = Source::new(ids(&[8, 6, 5]), 5, Some(Uuid::from_u128(4)));
        let (page, next) = merged(vec![hot, old], 5);
        assert_eq!(page, ids(&[9, 8, 7]));
        assert_eq!(next, Some(JobId::from(Uuid::from_u128(6))));
    }

    #[test]
    fn what_was_read_to_the_end_has_no_next_page() {
        let (page, next) = merged(
            vec![Source::new(ids(&[3, 1]), 5, None), Source::default()],
            5,
        );
        assert_eq!((page, next), (ids(&[3, 1]), None));
        let (_, next) = merged(vec![Source::new(ids(&[3, 1]), 5, None)], 1);
        assert_eq!(next, Some(JobId::from(Uuid::from_u128(2))));
    }
}
