//! Which ticks of a task are to be made. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{definition::CatchUp, schedule::Schedule};

/// How many missed ticks are made up for at most.
const MOST: usize = 1_000;
/// What is late by less is on time: a scheduler that was busy, or slept until its next look.
pub(super) const LATE: TimeDelta = TimeDelta::seconds(10);

/// What is to be made of a task.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The planned times of what is enqueued.
    pub(super) ticks: Vec<DateTime<Utc>>,
    /// Ticks up to here are settled then.
    pub(super) base: DateTime<Utc>,
    /// The next one.
    pub(super) next: DateTime<Utc>,
    /// Older ticks are left out although all were to be caught up.
    pub(super) left_out: bool,
}

pub(super) fn plan(
    schedule: &Schedule,
    catch_up: CatchUp,
    base: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Plan {
    let most = match catch_up {
        CatchUp::All => MOST,
        CatchUp::One | CatchUp::None => 1,
    };
    let due = schedule.latest(base, now, most);
    let settled = due.back().copied().unwrap_or(base);
    let left_out = catch_up == CatchUp::All
        && due
            .front()
            .is_some_and(|first| schedule.next_after(base) < *first);
    let late = |tick: &DateTime<Utc>| now - *tick >= LATE;
    let ticks = due
        .into_iter()
        .filter(|tick| catch_up != CatchUp::None || !late(tick))
        .collect();
    Plan {
        ticks,
        base: settled,
        next: schedule.next_after(settled),
        left_out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_800 + minutes * 60, 0).expect("a time")
    }

    fn planned(catch_up: CatchUp, base: i64, now: DateTime<Utc>) -> Plan {
        let schedule = Schedule::every(std::time::Duration::from_secs(300));
        plan(&schedule, catch_up, at(base), now)
    }

    #[test]
    fn on_time_all_policies_are_alike() {
        for catch_up in [CatchUp::One, CatchUp::All, CatchUp::None] {
            let plan = planned(catch_up, 0, at(5) + TimeDelta::seconds(9));
            let expected = Plan {
                ticks: vec![at(5)],
                base: at(5),
                next: at(10),
                left_out: false,
            };
            assert_eq!(plan, expected);
            let nothing = planned(catch_up, 5, at(9));
            assert_eq!(
                (nothing.ticks, nothing.base, nothing.next),
                (vec![], at(5), at(10))
            );
        }
    }

    #[test]
    fn after_an_outage_they_differ() {
        let now = at(17);
        assert_eq!(planned(CatchUp::One, 0, now).ticks, [at(15)]);
        assert_eq!(planned(CatchUp::All, 0, now).ticks, [at(5), at(10), at(15)]);
        assert!(planned(CatchUp::None, 0, now).ticks.is_empty());
        for catch_up in [CatchUp::One, CatchUp::All, CatchUp::None] {
            let plan = planned(catch_up, 0, now);
            assert_eq!(
                (plan.base, plan.next, plan.left_out),
                (at(15), at(20), false)
            );
        }
        let plan = planned(CatchUp::All, 0, at(5 * 1_001));
        assert_eq!((plan.ticks.len(), plan.left_out), (1_000, true));
        assert_eq!(plan.ticks[0], at(10));
    }

    #[test]
    fn a_clock_that_went_back_makes_nothing_twice() {
        let plan = planned(CatchUp::All, 20, at(11));
        assert_eq!((plan.ticks, plan.base, plan.next), (vec![], at(20), at(25)));
    }
}
