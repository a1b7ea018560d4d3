//! The text of every statement, read from `sql/queries/sqlite/` at compile time, with the tables' prefix put in.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Sqlite, query::Query, sqlite::SqliteArguments};

use crate::storage::sql::fill;

macro_rules! statements {
    ($($name:ident),* $(,)?) => {
        /// One field per file.
        #[derive(Debug)]
        pub(super) struct Statements {
            /// What the names of the tables begin with.
            pub(super) prefix: String,
            /// `letters` for the open ones only, which an index of their own serves.
            pub(super) letters_open: Arc<str>,
            /// `insert` of ids that nobody has seen: one that is there fails it, and it gives nothing back.
            pub(super) insert_new: Arc<str>,
            /// `insert_new` with its own transaction around it: one call instead of three.
            pub(super) insert_alone: Arc<str>,
            $(pub(super) $name: Arc<str>,)*
        }

        impl Statements {
            /// Puts the prefix in. It was checked before: it is the only text that is put into SQL.
            pub(super) fn new(prefix: &str) -> Self {
                let mut all = Self {
                    prefix: prefix.to_owned(),
                    letters_open: "".into(),
                    insert_new: "".into(),
                    insert_alone: "".into(),
                    $($name: fill(
                        include_str!(concat!("../../../sql/queries/sqlite/", stringify!($name), ".sql")),
                        &[("{p}", prefix)],
                    ),)*
                };
                all.letters_open = all.letters.replace("{open}", "AND d.resolved_at IS NULL").into();
                let known = "WHERE true\nON CONFLICT (id) DO NOTHING\nRETURNING id";
                all.insert_new = all.insert.replace("{known}", "").trim_end().into();
                all.insert = all.insert.replace("{known}", known).into();
                all.insert_alone = format!("BEGIN IMMEDIATE; {}; COMMIT", all.insert_new).into();
                all.letters = all.letters.replace("{open}", "").into();
                all
            }

            /// Every statement with its name.
            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<(&'static str, &Arc<str>)> {
                vec![("letters_open", &self.letters_open), ("insert_new", &self.insert_new), $((stringify!($name), &self.$name),)*]
            }
        }
    };
}

statements!(
    attempts,
    attempts_add,
    attempts_forget,
    attempts_released,
    blocked_any,
    cancel_ask,
    cancel_released,
    cancel_waiting,
    cancels_forget,
    checkpoint_write,
    checkpoints,
    checkpoints_forget,
    claim,
    children_of,
    claim_holds,
    delete_released,
    delete_waiting,
    enqueue_keyed,
    enqueue_one,
    end_delete,
    end_history,
    event_add,
    event_first,
    event_gone,
    event_settle,
    events_forget,
    existing,
    group_ask,
    group_chain,
    group_give_up,
    group_members,
    group_of,
    group_row,
    group_stopped,
    group_tree,
    group_waiting,
    groups_count,
    groups_grow,
    groups_insert,
    groups_list,
    groups_list_end,
    groups_mark,
    groups_prune,
    history_forget,
    history_prune,
    holders,
    insert,
    insert_claimed,
    insert_dead,
    insert_keyed,
    insert_letters,
    keys,
    kinds,
    kinds_declare,
    letters,
    letters_add,
    letters_forget,
    letters_keys,
    letters_prune,
    letters_resolve,
    limits_aside,
    limits_block,
    limits_free,
    limits_held,
    limits_old,
    limits_opening,
    limits_opens,
    limits_prune,
    limits_read,
    limits_waited,
    limits_waiting,
    limits_wake,
    limits_write,
    look,
    lost_claims,
    members_ended,
    members_forget,
    members_insert,
    members_note,
    members_of,
    members_open,
    members_outputs,
    next_due,
    progress,
    promote,
    prunable,
    queue_clear,
    queue_delete,
    queue_oldest,
    queue_pause,
    queue_pick,
    queue_ready,
    queues_declare,
    queues_list,
    records,
    recurring_declare,
    recurring_declared,
    recurring_declarers,
    recurring_due,
    recurring_list,
    recurring_next,
    recurring_pause,
    recurring_remove,
    recurring_tick,
    recurring_undeclare,
    release,
    replace,
    resolve_discard,
    resolve_retry,
    stage_begin,
    stage_release,
    stages_later,
    standing,
    tagged,
    unblock,
    unpark,
    uniques_block,
    uniques_free,
    uniques_heirs,
    uniques_held,
    uniques_stale,
    uniques_take,
    waiting_end,
    wake_parked,
    worker_cancels,
    worker_deregister,
    worker_register,
    worker_renew,
    audit_add,
    audit_list,
    audit_prune,
    count_before,
    edit_dead,
    edit_waiting,
    end_waiting,
    few_of_stage,
    forget,
    health,
    job_standing,
    key_holders,
    key_rows,
    kind_rows,
    letter_heads,
    list_ended,
    list_ended_end,
    list_otherwise,
    list_otherwise_end,
    list_these,
    list_those,
    list_waiting,
    list_waiting_end,
    log_prunable,
    queue_rows,
    run_now,
    stats_add,
    stats_prune,
    stats_read,
    tally_ended,
    tally_queues,
    tally_waiting,
    waiting_keys,
    worker_ask,
    worker_rows,
    workers_drained,
    workers_lost,
    workers_prune,
    workers_watched,
);

/// A statement with what was bound to it so far.
pub(super) type Bound = Query<'static, Sqlite, SqliteArguments>;

/// A statement of ours to run: its text holds nothing but what the files hold and the checked prefix.
pub(super) fn query(text: &Arc<str>) -> Bound {
    sqlx::query(AssertSqlSafe(text.clone()))
}
