//! How many jobs to take from which queue. Pure.

use std::borrow::Cow;

use crate::{queue::Queue, storage::Take};

/// One turn of claims after the other: the rounds of a turn are one request each, and the next one is made only if the
/// last left slots free.
///
/// Strict order asks queue by queue. Weighted order gives each queue its share of the slots and carries over what it
/// is still owed, so that shares hold for claims of one slot too; what a queue cannot give goes to the others.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    places: Vec<Place>,
    weighted: bool,
}

#[derive(Debug, Clone)]
struct Place {
    queue: Queue,
    /// In jobs. A queue that was served ahead of its share owes them itself.
    owed: f64,
    /// It may have more in this turn.
    open: bool,
}

impl Place {
    fn weight(&self) -> f64 {
        f64::from(self.queue.weight().max(1))
    }
}

impl Plan {
    pub(crate) fn new(queues: Vec<Queue>, weighted: bool) -> Self {
        let mut places: Vec<Place> = Vec::new();
        for queue in queues {
            if places
                .iter()
                .all(|place| place.queue.name() != queue.name())
            {
                places.push(Place {
                    queue,
                    owed: 0.0,
                    open: true,
                });
            }
        }
        Self { places, weighted }
    }

    /// Whether it is one of these queues.
    pub(crate) fn has(&self, queue: &str) -> bool {
        self.places.iter().any(|place| place.queue.name() == queue)
    }

    /// The names of its queues.
    pub(crate) fn queues(&self) -> impl Iterator<Item = &'static str> {
        self.places.iter().map(|place| place.queue.name())
    }

    /// Where a queue stands in strict order; all are alike in weighted order.
    pub(crate) fn place(&self, queue: &str) -> usize {
        let named = |place: &Place| place.queue.name() == queue;
        match self.weighted {
            true => 0,
            false => self.places.iter().position(named).unwrap_or(usize::MAX),
        }
    }

    /// A turn begins: the first request for `wanted` jobs.
    pub(crate) fn first(&mut self, wanted: u32) -> Vec<Take> {
        self.places.iter_mut().for_each(|place| place.open = true);
        // What the last turn could not give to anybody is owed to nobody.
        let left: f64 = self.places.iter().map(|place| place.owed).sum();
        self.share(f64::from(wanted) - left);
        self.request(wanted)
    }

    /// The next request of the turn, after the last one gave so many of each and left `free` slots; empty when the
    /// turn is over.
    pub(crate) fn next(&mut self, given: &[(Take, u32)], free: u32) -> Vec<Take> {
        let mut forfeited = 0.0;
        for (take, got) in given {
            let named = |place: &&mut Place| place.queue.name() == take.queue;
            let Some(place) = self.places.iter_mut().find(named) else {
                continue;
            };
            place.owed += f64::from(take.at_most.saturating_sub(*got));
            if *got < take.at_most {
                place.open = false;
                // A queue that has nothing saves nothing up.
                forfeited += place.owed.max(0.0);
                place.owed = place.owed.min(0.0);
            }
        }
        self.share(forfeited);
        self.request(free)
    }

    /// Owes so many jobs more to the queues that may have some, by their weights.
    fn share(&mut self, jobs: f64) {
        let open = || self.places.iter().filter(|place| place.open);
        let total: f64 = open().map(Place::weight).sum();
        for place in self.places.iter_mut().filter(|place| place.open) {
            place.owed += jobs * place.weight() / total;
        }
    }

    fn request(&mut self, wanted: u32) -> Vec<Take> {
        let mut counts = vec![0; self.places.len()];
        if self.weighted {
            for _ in 0..wanted {
                let open = self.places.iter_mut().enumerate();
                let open = open.filter(|(_, place)| place.open);
                let Some((at, most)) = open.max_by(|(_, a), (_, b)| a.owed.total_cmp(&b.owed))
                else {
                    break;
                };
                most.owed -= 1.0;
                counts[at] += 1;
            }
        } else if let Some(at) = self.places.iter().position(|place| place.open) {
            self.places[at].owed -= f64::from(wanted);
            counts[at] = wanted;
        }
        let asked = self.places.iter().zip(counts);
        asked
            .filter(|(_, count)| *count > 0)
            .map(|(place, count)| take(place.queue, count))
            .collect()
    }
}

fn take(queue: Queue, at_most: u32) -> Take {
    Take {
        queue: Cow::Borrowed(queue.name()),
        at_most,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 17] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q",
    ];

    fn queue(name: &'static str, weight: u32) -> Queue {
        Queue::__new(name, weight, 0, false)
    }

    fn plan(weights: &[u32], weighted: bool) -> Plan {
        let queues = NAMES.iter().zip(weights);
        let queues = queues.map(|(name, weight)| queue(name, *weight)).collect();
        Plan::new(queues, weighted)
    }

    fn sum(takes: &[Take]) -> u32 {
        takes.iter().map(|take| take.at_most).sum()
    }

    /// One turn of a claim over queues that have so many jobs; how many came from each.
    fn turn(
        plan: &mut Plan,
        wanted: u32,
        has: &mut HashMap<&str, u32>,
    ) -> HashMap<&'static str, u32> {
        let (mut came, mut free) = (HashMap::new(), wanted);
        let mut takes = plan.first(wanted);
        while !takes.is_empty() {
            assert!(
                sum(&takes) <= free,
                "no more is asked for than there is room"
            );
            let give = |take: Take| {
                let has = has.get_mut(&*take.queue).expect("a queue of the plan");
                let got = take.at_most.min(*has);
                *has -= got;
                (take, got)
            };
            let given: Vec<_> = takes.into_iter().map(give).collect();
            for (take, got) in &given {
                let name = NAMES.iter().find(|name| **name == take.queue);
                *came.entry(*name.expect("a known name")).or_insert(0) += got;
                free -= got;
            }
            takes = plan.next(&given, free);
        }
        came
    }

    proptest! {
        #[test]
        fn over_any_run_of_claims_full_queues_are_served_by_weight(
            weights in prop::collection::vec(1..20_u32, 1..8),
            claims in prop::collection::vec(1..30_u32, 1..200),
        ) {
            let mut plan = plan(&weights, true);
            let total: u32 = weights.iter().sum();
            let (mut served, mut claimed) = (vec![0_u32; weights.len()], 0_u32);
            for wanted in claims {
                let mut has: HashMap<&str, u32> = NAMES.iter().map(|name| (*name, u32::MAX)).collect();
                let came = turn(&mut plan, wanted, &mut has);
                claimed += wanted;
                for (name, served) in NAMES.iter().zip(&mut served) {
                    *served += came.get(name).copied().unwrap_or(0);
                }
                for (weight, served) in weights.iter().zip(&served) {
                    let share = f64::from(claimed) * f64::from(*weight) / f64::from(total);
                    let apart = (f64::from(*served) - share).abs();
                    // One round of the queues: nobody is further from its share, at any time.
                    prop_assert!(apart <= weights.len() as f64, "{served} served of a share of {share}");
                }
            }
        }

        #[test]
        fn what_is_there_is_claimed_whatever_was_there_before(
            weights in prop::collection::vec(1..20_u32, 1..8),
            strict in any::<bool>(),
            claims in prop::collection::vec((1..30_u32, prop::collection::vec(0..20_u32, 8)), 1..100),
        ) {
            let mut plan = plan(&weights, !strict);
            for (wanted, there) in claims {
                let mut has: HashMap<&str, u32> = NAMES.iter().copied().zip(there.clone()).collect();
                let there: u32 = there.iter().take(weights.len()).sum();
                let came: u32 = turn(&mut plan, wanted, &mut has).values().sum();
                prop_assert_eq!(came, wanted.min(there));
                let most = plan.places.iter().map(|place| place.owed.abs()).fold(0.0, f64::max);
                prop_assert!(strict || most <= 40.0, "nothing is saved up without end: {}", most);
            }
        }
    }

    #[test]
    fn claims_of_one_slot_keep_the_weights() {
        let mut plan = plan(&[4, 3, 2, 1], true);
        let mut served = HashMap::new();
        for _ in 0..1_000 {
            let takes = plan.first(1);
            assert_eq!(sum(&takes), 1);
            *served.entry(takes[0].queue.to_string()).or_insert(0) += 1;
        }
        let of = |name: &str| served[name];
        assert_eq!((of("a"), of("b"), of("c"), of("d")), (400, 300, 200, 100));
    }

    #[test]
    fn one_claim_of_many_is_shared_by_weight() {
        let takes = plan(&[4, 3, 2, 1], true).first(100);
        let shares: Vec<_> = takes.iter().map(|take| take.at_most).collect();
        assert_eq!(shares, [40, 30, 20, 10]);
    }

    #[test]
    fn a_queue_that_had_nothing_for_long_gets_no_more_than_its_share_afterwards() {
        let mut plan = plan(&[1, 1], true);
        for _ in 0..1_000 {
            turn(&mut plan, 1, &mut HashMap::from([("a", 1), ("b", 0)]));
        }
        let mut came = 0;
        for _ in 0..10 {
            let turn = turn(&mut plan, 1, &mut HashMap::from([("a", 1), ("b", 1)]));
            came += turn.get("b").copied().unwrap_or(0);
        }
        assert!((4..=6).contains(&came), "{came} of 10");
    }

    #[test]
    fn what_a_queue_does_not_give_goes_to_the_ones_that_have_more() {
        let mut plan = plan(&[1, 1], true);
        assert_eq!(sum(&plan.first(10)), 10);
        let given = |a, b| vec![(take(queue("a", 1), 5), a), (take(queue("b", 1), 5), b)];
        assert_eq!(plan.next(&given(0, 5), 5), vec![take(queue("b", 1), 5)]);
        assert_eq!(plan.next(&[(take(queue("b", 1), 5), 0)], 5), vec![]);
    }

    #[test]
    fn with_fewer_slots_than_queues_all_are_asked_before_giving_up() {
        let mut plan = plan(&[1; 17], true);
        let mut asked = std::collections::BTreeSet::new();
        let mut takes = plan.first(2);
        while !takes.is_empty() {
            assert!(sum(&takes) <= 2);
            let given: Vec<_> = takes.into_iter().map(|take| (take, 0)).collect();
            asked.extend(given.iter().map(|(take, _)| take.queue.to_string()));
            takes = plan.next(&given, 2);
        }
        assert_eq!(asked.len(), NAMES.len());
    }

    #[test]
    fn strict_order_asks_the_next_queue_only_for_what_is_left() {
        let mut plan = Plan::new(vec![queue("a", 1), queue("b", 9), queue("a", 1)], false);
        let first = plan.first(10);
        assert_eq!(first, vec![take(queue("a", 1), 10)]);
        let second = plan.next(&[(first[0].clone(), 3)], 7);
        assert_eq!(second, vec![take(queue("b", 9), 7)]);
        assert_eq!(plan.next(&[(second[0].clone(), 7)], 0), vec![]);
        assert_eq!((plan.place("a"), plan.place("b")), (0, 1));
        let first = plan.first(10);
        let second = plan.next(&[(first[0].clone(), 3)], 7);
        assert_eq!(plan.next(&[(second[0].clone(), 1)], 6), vec![]);
    }
}
