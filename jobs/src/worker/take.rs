//! How many jobs to take from which queue. Pure.

use std::borrow::Cow;

use crate::{queue::Queue, storage::Take};

/// The rounds of one claim: each is one request; the next is made only if the last left slots free.
///
/// Strict order asks queue by queue. Weighted order shares the slots by weight in one request, each queue at least
/// one, and then offers what is left over to the queues that filled their share.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    queues: Vec<Queue>,
    weighted: bool,
    /// Weighted shares are rounded; the turn moves the rounding around, so that no queue always loses it.
    turn: usize,
}

impl Plan {
    pub(crate) fn new(mut queues: Vec<Queue>, weighted: bool) -> Self {
        let mut seen = Vec::new();
        queues.retain(|queue| {
            !seen.contains(&queue.name()) && {
                seen.push(queue.name());
                true
            }
        });
        Self {
            queues,
            weighted,
            turn: 0,
        }
    }

    /// The requests of one claim of `wanted` jobs, if every queue gives all it is asked for.
    pub(crate) fn first(&mut self, wanted: u32) -> Vec<Take> {
        if self.queues.is_empty() || wanted == 0 {
            return Vec::new();
        }
        if !self.weighted {
            return vec![take(self.queues[0], wanted)];
        }
        self.turn = (self.turn + 1) % self.queues.len();
        let mut order = self.queues.clone();
        order.rotate_left(self.turn);
        shares(&order, wanted)
    }

    /// The next request, after `given` (queue, how many it gave of how many) left `free` slots; empty when done.
    pub(crate) fn next(&self, given: &[(Take, u32)], free: u32) -> Vec<Take> {
        if free == 0 {
            return Vec::new();
        }
        if self.weighted {
            // Those that may have more, and those that have not been asked: with few slots a share can be none at all.
            let more = self.queues.iter().copied().filter(|queue| {
                let asked = given.iter().find(|(take, _)| take.queue == queue.name());
                asked.is_none_or(|(take, got)| *got >= take.at_most)
            });
            return shares(&more.collect::<Vec<_>>(), free);
        }
        let asked = given.iter().filter_map(|(take, _)| {
            self.queues
                .iter()
                .position(|queue| queue.name() == take.queue)
        });
        let next = asked.max().map_or(0, |last| last + 1);
        self.queues
            .get(next)
            .map(|queue| vec![take(*queue, free)])
            .unwrap_or_default()
    }
}

fn take(queue: Queue, at_most: u32) -> Take {
    Take {
        queue: Cow::Borrowed(queue.name()),
        at_most,
    }
}

/// Shares `wanted` by weight. A queue whose share is less than one job gets one while there are any to give.
fn shares(queues: &[Queue], wanted: u32) -> Vec<Take> {
    let total: u64 = queues
        .iter()
        .map(|queue| u64::from(queue.weight().max(1)))
        .sum();
    let mut left = wanted;
    let mut takes = Vec::new();
    for queue in queues {
        let share = u64::from(wanted) * u64::from(queue.weight().max(1)) / total.max(1);
        let share = u32::try_from(share).unwrap_or(u32::MAX).max(1).min(left);
        left -= share;
        if share > 0 {
            takes.push(take(*queue, share));
        }
    }
    // Rounding leaves a few over: the heaviest takes them.
    if let Some(most) = takes.iter_mut().max_by_key(|take| take.at_most) {
        most.at_most += left;
    }
    takes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &'static str, weight: u32) -> Queue {
        Queue::__new(name, weight, 0, false)
    }

    fn sum(takes: &[Take]) -> u32 {
        takes.iter().map(|take| take.at_most).sum()
    }

    #[test]
    fn weighted_shares_add_up_and_starve_nobody() {
        let queues = vec![
            queue("critical", 4),
            queue("high", 3),
            queue("default", 2),
            queue("low", 1),
        ];
        let mut plan = Plan::new(queues, true);
        for wanted in 1..200 {
            let mut asked = std::collections::HashMap::new();
            for _ in 0..4 {
                let takes = plan.first(wanted);
                assert_eq!(sum(&takes), wanted);
                for take in takes {
                    *asked.entry(take.queue).or_insert(0) += take.at_most;
                }
            }
            assert_eq!(
                asked.len(),
                4,
                "with {wanted} slots every queue is asked within four turns"
            );
        }
        let takes = plan.first(100);
        let of = |name: &str| {
            takes
                .iter()
                .find(|take| take.queue == name)
                .map_or(0, |take| take.at_most)
        };
        assert_eq!(
            (of("critical"), of("high"), of("default"), of("low")),
            (40, 30, 20, 10)
        );
    }

    #[test]
    fn what_a_queue_does_not_give_goes_to_the_ones_that_have_more() {
        let mut plan = Plan::new(vec![queue("a", 1), queue("b", 1)], true);
        let takes = plan.first(10);
        let given: Vec<_> = takes
            .into_iter()
            .map(|take| {
                let got = if take.queue == "a" { 0 } else { 5 };
                (take, got)
            })
            .collect();
        assert_eq!(plan.next(&given, 5), vec![take(queue("b", 1), 5)]);
        let given: Vec<_> = given.into_iter().map(|(take, _)| (take, 0)).collect();
        assert_eq!(plan.next(&given, 10), vec![]);
    }

    #[test]
    fn with_fewer_slots_than_queues_all_are_asked_before_giving_up() {
        const NAMES: [&str; 17] = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q",
        ];
        let mut plan = Plan::new(NAMES.map(|name| queue(name, 1)).to_vec(), true);
        let mut given: Vec<(Take, u32)> = Vec::new();
        let mut takes = plan.first(2);
        while !takes.is_empty() {
            assert!(sum(&takes) <= 2);
            given.extend(takes.into_iter().map(|take| (take, 0)));
            takes = plan.next(&given, 2);
        }
        assert_eq!(given.len(), NAMES.len());
    }

    #[test]
    fn strict_order_asks_the_next_queue_only_for_what_is_left() {
        let mut plan = Plan::new(vec![queue("a", 1), queue("b", 9), queue("a", 1)], false);
        let first = plan.first(10);
        assert_eq!(first, vec![take(queue("a", 1), 10)]);
        let given = vec![(first[0].clone(), 3)];
        let second = plan.next(&given, 7);
        assert_eq!(second, vec![take(queue("b", 9), 7)]);
        let given = vec![given[0].clone(), (second[0].clone(), 7)];
        assert_eq!(plan.next(&given, 0), vec![]);
        let given = vec![given[0].clone(), (given[1].0.clone(), 1)];
        assert_eq!(plan.next(&given, 6), vec![]);
    }
}
