//! Every statement, with the schema's name filled in.

use std::sync::Arc;

use crate::storage::sql::{fill, identifier, literal};

macro_rules! statements {
    ($($name:ident),* $(,)?) => {
        /// One field per file in `sql/queries/postgres`.
        #[derive(Debug)]
        pub(super) struct Statements {
            $(pub(super) $name: Arc<str>,)*
        }

        impl Statements {
            pub(super) fn new(names: &Names) -> Self {
                Self {
                    $($name: names.fill(include_str!(concat!("../../../sql/queries/postgres/", stringify!($name), ".sql"))),)*
                }
            }
        }
    };
}

statements! {
    announce, asleep, attempts, cancel_lock, cancel_running, cancel_waiting, checkpoint_write, checkpoints, children_of, claim, claim_holds, clear_lost, declare_kinds,
    declare_lost, declare_queues, deregister, ended, ends, enqueue_keyed, enqueue_one, event_add, event_take, existing,
    group_ask, group_chain, group_give_up, group_members, group_of, group_row, group_stopped, group_tree, group_waiting,
    groups_count, groups_grow, groups_list, groups_list_end, groups_insert, groups_mark, groups_prune, holders, insert, insert_alike, insert_claimed, insert_dead, insert_keyed, kind_names, letters,
    limits_admit, limits_aside, limits_free, limits_heads, limits_lock, limits_opening, limits_opens, limits_prune, limits_waiting,
    limits_wake, look, lost, members_ended, members_insert, members_note, members_of, members_open, moves,
    partition_attempts, partition_checkpoints, partition_events, partition_letters, partitions, progress, promote, prune_cancels, prune_other, prune_workers,
    queue_clear, queue_oldest, queue_pause, queue_ready, queues_list, recurring_declare, recurring_declared, recurring_due,
    recurring_list, recurring_pause, recurring_remove, recurring_tick, recurring_undeclare, register, renew, replace, resolve_discard, resolve_lock, resolve_mark, resolve_retry, rows, settled, stage_release, stages_later, tagged, unblock, unclaim, unpark, unpark_children,
    audit_add, audit_list, audit_prune, count_before, edit_args, end_waiting, few_of_stage, forget, health, key_holders, key_rows,
    kind_rows, letter_heads, list_ended, list_ended_end, list_otherwise, list_otherwise_end, list_these, list_those, list_waiting,
    list_waiting_end, queue_rows, run_now, running_ids, standing, stats_add, stats_prune, stats_read, tally_ended, tally_ready,
    tally_waiting, worker_ask, worker_rows,
    uniques_block, uniques_free, uniques_hand_on, uniques_pass, uniques_prune, uniques_stale, uniques_take,
    waiting_end, wake_parked,
}

/// What the placeholders stand for.
#[derive(Debug)]
pub(super) struct Names {
    /// The schema, quoted.
    pub(super) schema: String,
    /// The NOTIFY channel, as it is.
    pub(super) channel: String,
}

impl Names {
    pub(super) fn new(schema: &str) -> Self {
        Self {
            schema: identifier(schema),
            channel: channel(schema),
        }
    }

    pub(super) fn fill(&self, template: &str) -> Arc<str> {
        fill(
            template,
            &[
                ("{s}", &self.schema),
                ("{channel}", &literal(&self.channel)),
            ],
        )
    }
}

/// Postgres cuts names at 63 bytes; a long one is told apart by its hash.
fn channel(schema: &str) -> String {
    let plain = format!("jobs:{schema}");
    if plain.len() <= 63 {
        return plain;
    }
    let end = schema.floor_char_boundary(40);
    format!("jobs:{}:{:016x}", &schema[..end], hash(schema))
}

/// FNV-1a: the same in every process and release.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_fit_and_differ() {
        assert_eq!(channel("jobs"), "jobs:jobs");
        let (one, two) = (
            channel(&"ä".repeat(31)),
            channel(&format!("{}b", "ä".repeat(30))),
        );
        assert!(one.len() <= 63 && two.len() <= 63 && one != two);
    }
}
