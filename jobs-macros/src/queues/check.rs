//! The rules queues must keep, one function each. What breaks one is left out, so that the rest can be declared.

use proc_macro2::Span;

use super::parse::{RawQueue, RawQueues};
use crate::{errors::Errors, names};

pub fn check(all: &mut RawQueues, errors: &mut Errors) {
    some_queue(all, errors);
    declared_once(all, errors);
    for queue in &all.queues {
        weight_counts(queue, errors);
        storable(queue, errors);
        not_ours(queue, errors);
    }
    stored_once(all, errors);
    all.queues.retain(|queue| queue.ident != "ALL");
}

fn some_queue(all: &RawQueues, errors: &mut Errors) {
    if all.queues.is_empty() && !all.refused {
        errors.push(
            Span::call_site(),
            "no queues declared",
            "write `queues! { mailers }`",
        );
    }
}

/// The second of two equal ones goes.
fn declared_once(all: &mut RawQueues, errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    all.queues.retain(|queue| {
        let name = names::plain(&queue.ident);
        let twice = seen.contains(&name);
        if twice {
            let message = format!("the queue `{name}` is declared twice");
            errors.push(queue.ident.span(), message, "remove one of them");
        }
        seen.push(name);
        !twice
    });
}

fn weight_counts(queue: &RawQueue, errors: &mut Errors) {
    if let Some(weight) = queue.weight.as_ref().filter(|weight| weight.value == 0) {
        let help = "to stop a queue, declare it `paused`, or pause it while it runs";
        errors.push(weight.at, "`weight` must be at least 1", help);
    }
}

fn storable(queue: &RawQueue, errors: &mut Errors) {
    let name = queue.stored_name();
    let at = queue.stored_at();
    if let Some((message, help)) = names::stored_name_problem("a queue's name", &name) {
        errors.push(at, message, help);
    } else if name == "*" {
        errors.push(
            at,
            "`*` is reserved: workers use it for every queue",
            "choose another name",
        );
    } else if name.contains(',') {
        errors.push(
            at,
            "a queue's name cannot contain `,`: workers take lists of queues",
            "join the words with `-`",
        );
    }
}

/// `queues::ALL` is every queue.
fn not_ours(queue: &RawQueue, errors: &mut Errors) {
    if queue.ident == "ALL" {
        errors.push(
            queue.ident.span(),
            "`ALL` is the list of every queue",
            "choose another name, such as `all as \"ALL\"`",
        );
    }
}

fn stored_once(all: &RawQueues, errors: &mut Errors) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for queue in &all.queues {
        let (name, stored) = (names::plain(&queue.ident), queue.stored_name());
        if let Some((first, _)) = seen.iter().find(|(_, other)| *other == stored) {
            errors.push(
                queue.stored_at(),
                format!("`{name}` and `{first}` are both stored as `{stored}`"),
                "store one of them under another name",
            );
        }
        seen.push((name, stored));
    }
}
