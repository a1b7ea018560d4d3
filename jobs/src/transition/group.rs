//! What follows from the counts of a group. Pure: a group as it stands in, what is to be done out.

use crate::{
    record::State,
    storage::{Group, GroupKind, Passed, StoredJob},
};

/// What is to be done in the transaction that changed the counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Enqueue the job of a turning point.
    Enqueue(Box<StoredJob>),
    /// The next stage of the chain begins, with the outputs of this one.
    Release,
    /// The stages after this one end without having begun, in this state.
    EndLater(State),
    /// The parent counts this group as another state than before; `None` is open.
    Recount(Option<State>, Option<State>),
    /// The parked parent goes on.
    Wake,
}

/// How a group stands as a whole; `None` while a member is open.
pub(crate) fn state(group: &Group) -> Option<State> {
    let counts = &group.counts;
    if counts.open > 0 {
        return None;
    }
    let given_up = group.kind == GroupKind::Batch && group.passed.has(Passed::GIVEN_UP);
    if counts.dead > 0 {
        Some(State::Dead)
    } else if counts.cancelled > 0 || given_up {
        Some(State::Cancelled)
    } else if counts.discarded > 0 && group.kind != GroupKind::Batch {
        Some(State::Discarded)
    } else {
        Some(State::Succeeded)
    }
}

/// Passes the turning points that the counts have reached, each once, and says what follows.
pub(crate) fn settle(group: &mut Group) -> Vec<Effect> {
    let mut effects = Vec::new();
    let now = state(group);
    let begun = group.passed.has(Passed::BEGUN);
    let mut call = |job: &Option<StoredJob>| {
        effects.extend(job.clone().map(|job| Effect::Enqueue(Box::new(job))));
    };
    if group.counts.dead > 0 && group.passed.pass(Passed::DEATH) {
        call(&group.callbacks.death);
    }
    if now.is_some() && group.passed.pass(Passed::COMPLETE) {
        call(&group.callbacks.complete);
    }
    // Not once: a dead child that is retried is awaited again.
    if now.is_some() && group.kind == GroupKind::Children {
        effects.push(Effect::Wake);
    }
    // A stage may have ended before its turn: its job was there before and stands for it.
    if now == Some(State::Succeeded) && begun && group.passed.pass(Passed::SUCCESS) {
        effects.extend(
            group
                .callbacks
                .success
                .clone()
                .map(|job| Effect::Enqueue(Box::new(job))),
        );
        if group.kind == GroupKind::Stage {
            effects.push(Effect::Release);
        }
    }
    let lost = match (group.counts.cancelled, group.counts.discarded) {
        (0, 0) => None,
        (0, _) => Some(State::Discarded),
        _ => Some(State::Cancelled),
    };
    if let (GroupKind::Stage, Some(state)) = (group.kind, lost)
        && group.passed.pass(Passed::GIVEN_UP)
    {
        effects.push(Effect::EndLater(state));
    }
    if now != group.counted && group.kind != GroupKind::Children {
        if group.parent.is_some() {
            effects.push(Effect::Recount(group.counted, now));
        }
        group.counted = now;
    }
    effects
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        record::JobId,
        storage::{Callbacks, Counts, GroupId, KindId, NewJob, RunAt},
    };

    fn callback(name: &'static str) -> Option<StoredJob> {
        Some(StoredJob::from(NewJob {
            id: JobId::new(),
            kind: KindId(1),
            version: 1,
            queue: name.into(),
            priority: 0,
            run_at: RunAt::Now,
            args: "{}".to_owned(),
            tags: Vec::new(),
            may_exist: false,
            keys: None,
            member: None,
            trace: None,
        }))
    }

    fn group(kind: GroupKind, members: usize) -> Group {
        let mut counts = Counts::default();
        counts.grow(i64::try_from(members).expect("few"));
        Group {
            id: GroupId::new(),
            kind,
            parent: Some(Uuid::now_v7()),
            place: 0,
            name: None,
            listed: false,
            counts,
            counted: None,
            passed: Passed::BEGUN,
            callbacks: Callbacks {
                success: callback("success"),
                death: callback("death"),
                complete: callback("complete"),
            },
        }
    }

    const ENDS: [State; 4] = [
        State::Succeeded,
        State::Discarded,
        State::Dead,
        State::Cancelled,
    ];

    /// Which member ends how; a dead one is retried, or discarded, instead.
    fn steps() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
        (0..6_usize).prop_flat_map(|members| {
            let step = (0..members.max(1), 0..4_usize);
            (Just(members), prop::collection::vec(step, 0..60))
        })
    }

    fn kinds() -> impl Strategy<Value = GroupKind> {
        prop::sample::select(vec![
            GroupKind::Batch,
            GroupKind::Chain,
            GroupKind::Stage,
            GroupKind::Children,
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn turning_points_are_passed_once_and_when_they_are_reached(
            kind in kinds(),
            (members, steps) in steps(),
        ) {
            let mut group = group(kind, members);
            let mut states: Vec<Option<State>> = vec![None; members];
            let (mut told, mut counted) = (Vec::new(), None);
            let (mut died, mut complete, mut lost) = (false, false, false);
            let mut ends = 0;
            let mut look = |group: &mut Group, states: &[Option<State>]| {
                for effect in settle(group) {
                    match &effect {
                        Effect::Recount(from, to) => {
                            // The parent's count goes from where it was, and never to where it is.
                            assert_eq!(*from, counted);
                            assert_ne!(from, to);
                            counted = *to;
                        }
                        _ => told.push(effect),
                    }
                }
                if kind != GroupKind::Children {
                    assert_eq!(counted, state(group));
                }
                died |= states.contains(&Some(State::Dead));
                let open = states.contains(&None);
                complete |= !open;
                lost |= states.iter().any(|state| {
                    matches!(state, Some(State::Discarded | State::Cancelled))
                });
                let of = |told: &[Effect], name: &str| {
                    told.iter()
                        .filter(|effect| matches!(effect, Effect::Enqueue(job) if format!("{job:?}").contains(name)))
                        .count()
                };
                assert_eq!(of(&told, "\"death\""), usize::from(died));
                assert_eq!(of(&told, "\"complete\""), usize::from(complete));
                assert!(of(&told, "\"success\"") <= 1);
                if state(group) == Some(State::Succeeded) {
                    assert_eq!(of(&told, "\"success\""), 1);
                }
                let times = |wanted: fn(&Effect) -> bool| told.iter().filter(|effect| wanted(effect)).count();
                let gave_up = times(|effect| matches!(effect, Effect::EndLater(_)));
                assert_eq!(gave_up, usize::from(kind == GroupKind::Stage && lost));
                let woken = times(|effect| *effect == Effect::Wake);
                assert_eq!(woken > 0, kind == GroupKind::Children && complete);
                if kind == GroupKind::Children {
                    ends += usize::from(!open);
                    assert_eq!(woken, ends, "each time that no child is open");
                }
                let released = times(|effect| *effect == Effect::Release);
                assert!(released <= usize::from(kind == GroupKind::Stage));
                // What was given up is not released as well.
                assert!(released == 0 || gave_up == 0 || !lost);
            };
            look(&mut group, &states);
            for (member, how) in steps {
                if members == 0 {
                    break;
                }
                let from = states[member];
                let to = match from {
                    None => Some(ENDS[how]),
                    Some(State::Dead) if how % 2 == 0 => None,
                    Some(State::Dead) => Some(State::Discarded),
                    _ => continue,
                };
                group.counts.shift(from, to);
                states[member] = to;
                let open = states.iter().filter(|state| state.is_none()).count();
                prop_assert_eq!(group.counts.open, i64::try_from(open).expect("few"));
                look(&mut group, &states);
            }
        }
    }

    #[test]
    fn a_stage_that_has_not_begun_releases_nothing() {
        let mut early = group(GroupKind::Stage, 1);
        early.passed = Passed::default();
        early.counts.shift(None, Some(State::Succeeded));
        assert!(!settle(&mut early).contains(&Effect::Release));
        early.passed.pass(Passed::BEGUN);
        assert!(settle(&mut early).contains(&Effect::Release));
        assert!(settle(&mut early).is_empty());
    }

    #[test]
    fn a_cancelled_batch_is_no_success() {
        let mut batch = group(GroupKind::Batch, 1);
        batch.passed.pass(Passed::GIVEN_UP);
        batch.counts.shift(None, Some(State::Succeeded));
        settle(&mut batch);
        assert_eq!(state(&batch), Some(State::Cancelled));
        assert!(!batch.passed.has(Passed::SUCCESS));
    }
}
