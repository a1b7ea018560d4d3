//! The chain or batch that a job is in, as a tree.

use jobs::{FlowGroup, FlowJob, FlowKind, FlowNode, JobId};
use maud::{Markup, html};

use crate::{
    charts,
    layout::badge,
    text::{number, shown},
    view::View,
};

/// Deeper groups are left out.
const DEEPEST: usize = 12;

pub(super) fn tree(view: &View, root: &FlowNode, here: JobId) -> Markup {
    html! { section.card.flow { h2 { "Part of" } ul { (node(view, root, here, 0)) } } }
}

fn node(view: &View, node: &FlowNode, here: JobId, depth: usize) -> Markup {
    match node {
        FlowNode::Job(job) => self::job(view, job, here),
        FlowNode::Group(group) => self::group(view, group, here, depth),
    }
}

fn job(view: &View, job: &FlowJob, here: JobId) -> Markup {
    html! {
        li aria-current=[(job.id == here).then_some("true")] {
            @match job.state {
                Some(state) => { (badge(state)) " " a href=(view.to(&format!("/jobs/{}", job.id))) { (shown(&job.name, 100)) } " " span.id.hint { (end(job.id)) } },
                None => span.hint { "a job whose record is gone" },
            }
        }
    }
}

/// Where ids of one moment differ.
fn end(id: JobId) -> String {
    let text = id.to_string();
    text[text.len() - 12..].to_owned()
}

fn group(view: &View, group: &FlowGroup, here: JobId, depth: usize) -> Markup {
    let kind = match group.kind {
        FlowKind::Batch => "Batch",
        FlowKind::Chain => "Chain, one stage after the other",
        FlowKind::Stage => "Stage",
        FlowKind::Children => "Children",
        _ => "Group",
    };
    let ended = group.total.saturating_sub(group.open);
    let listed = group.members.len() as u64;
    html! {
        li {
            (kind) " "
            @if let Some(name) = &group.name { strong { (shown(name, 100)) } " " }
            @if let Some(state) = group.state { (badge(state)) " " }
            span.hint { (number(ended)) " of " (number(group.total)) " ended" @if group.dead > 0 { ", " (number(group.dead)) " dead" } }
            (charts::bar(ended, group.total, "busy"))
            @if depth < DEEPEST {
                ul {
                    @for member in &group.members { (node(view, member, here, depth + 1)) }
                    @if group.kind == FlowKind::Batch && listed < group.total { li.hint { "and more: " (number(group.total)) " in all" } }
                }
            }
        }
    }
}
