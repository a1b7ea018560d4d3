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
        if group.kind == GroupKind::Children {
            effects.push(Effect::Wake);
        }
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
