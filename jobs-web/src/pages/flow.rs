//! The chain or batch that a job is in, as a tree: a list within a list, which every screen and every reader can show.

use jobs::{FlowGroup, FlowJob, FlowKind, FlowNode, JobId};
use maud::{Markup, html};
use uuid::Uuid;

use crate::{
    charts,
    layout::badge,
    text::{number, shown},
    view::View,
};

/// Deeper groups are left out.
const DEEPEST: usize = 12;

/// `here` is the job, or the group, whose page it is on.
pub(super) fn tree(view: &View, title: &str, root: &FlowNode, here: JobId) -> Markup {
    html! { section.card.flow { h2 { (title) } ul { (node(view, root, here, 0)) } } }
}

fn node(view: &View, node: &FlowNode, here: JobId, depth: usize) -> Markup {
    match node {
        FlowNode::Job(job) => {
            html! { li aria-current=[current(job.id, here)] { (self::job(view, job)) } }
        }
        FlowNode::Group(group) => self::group(view, group, here, depth),
    }
}

fn current(id: JobId, here: JobId) -> Option<&'static str> {
    (id == here).then_some("true")
}

fn job(view: &View, job: &FlowJob) -> Markup {
    html! {
        @match job.state {
            Some(state) => { (badge(state)) " " a href=(view.to(&format!("/jobs/{}", job.id))) { (shown(&job.name, 100)) } " " span.id.hint { (end(job.id.as_uuid())) } },
            None => span.hint { "a job whose record is gone" },
        }
    }
}

/// Where ids of one moment differ.
pub(super) fn end(id: Uuid) -> String {
    let text = id.to_string();
    text[text.len() - 12..].to_owned()
}

fn group(view: &View, group: &FlowGroup, here: JobId, depth: usize) -> Markup {
    // A stage of one job is that job.
    if let (FlowKind::Stage, [FlowNode::Job(only)]) = (group.kind, group.members.as_slice()) {
        return html! { li aria-current=[current(only.id, here)] { (job(view, only)) } };
    }
    let kind = match group.kind {
        FlowKind::Batch => "Batch",
        FlowKind::Chain => "Chain, one stage after the other",
        FlowKind::Stage => "Stage, all at once",
        FlowKind::Children => "Children",
        _ => "Group",
    };
    let ended = group.total.saturating_sub(group.open);
    let listed = group.members.len() as u64;
    let own = group.id == here.as_uuid();
    let linked = !own && matches!(group.kind, FlowKind::Batch | FlowKind::Chain);
    let members = html! {
        @for member in &group.members { (node(view, member, here, depth + 1)) }
        @if listed < group.total { li.hint { "and more: " (number(group.total)) " in all" } }
    };
    html! {
        li aria-current=[own.then_some("true")] {
            @if linked { a href=(view.to(&format!("/batches/{}", group.id))) { (kind) } } @else { (kind) }
            " " @if let Some(name) = &group.name { strong { (shown(name, 100)) } " " }
            @if let Some(state) = group.state { (badge(state)) " " }
            span.hint { (number(ended)) " of " (number(group.total)) " ended" @if group.dead > 0 { ", " (number(group.dead)) " dead" } }
            (charts::bar(ended, group.total, "busy"))
            @if depth >= DEEPEST {
                p.hint { "What is in it is not shown here." }
            } @else if group.kind == FlowKind::Chain {
                ol.stages { (members) }
            } @else {
                ul { (members) }
            }
        }
    }
}
