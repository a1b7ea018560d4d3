//! Which claimed jobs may start: slots and windows. Pure: it is given the keys as they stand under their locks.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{
    keys::{Keys, RateKey, SlotKey},
    row::{OVER_LIMIT, OVER_RATE},
};

/// So many ready jobs are looked at for keys whose jobs step aside.
pub(crate) const ASIDE: i64 = 1_000;
/// So many such keys are looked for at once.
const FULL: usize = 50;

/// So many entries a window has at most; more are joined, which delays a claim a little and never allows one more.
const ENTRIES: usize = 256;

/// The claims of one key that may still count: when (µs), and how many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Window(Vec<(i64, u32)>);

impl Window {
    /// What cannot be read counts as full for one more span at most: nothing is known of it.
    pub(crate) fn read(stored: Option<&str>) -> Self {
        stored
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default()
    }

    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn forget(&mut self, now: i64, rate: &RateKey) {
        let per = micros(rate);
        self.0.retain(|(at, _)| now.saturating_sub(*at) < per);
    }

    /// How many more may be claimed now.
    pub(crate) fn fits(&mut self, now: i64, rate: &RateKey) -> u32 {
        self.forget(now, rate);
        let recent: u64 = self.0.iter().map(|(_, n)| u64::from(*n)).sum();
        u32::try_from(u64::from(rate.count).saturating_sub(recent)).unwrap_or(u32::MAX)
    }

    pub(crate) fn add(&mut self, now: i64, more: u32) {
        if more == 0 {
            return;
        }
        match self.0.last_mut() {
            // The clock may have been set back: the later time counts.
            Some((at, n)) if *at >= now => *n = n.saturating_add(more),
            _ => self.0.push((now, more)),
        }
        if self.0.len() > ENTRIES {
            self.0 = self
                .0
                .chunks(2)
                .map(|pair| {
                    let at = pair.last().map_or(now, |(at, _)| *at);
                    (
                        at,
                        pair.iter()
                            .fold(0_u32, |sum, (_, n)| sum.saturating_add(*n)),
                    )
                })
                .collect();
        }
    }

    /// When one more may be claimed.
    pub(crate) fn opens(&self, now: i64, rate: &RateKey) -> i64 {
        let mut recent: u64 = self.0.iter().map(|(_, n)| u64::from(*n)).sum();
        let mut opens = now;
        for (at, n) in &self.0 {
            if recent < u64::from(rate.count) {
                break;
            }
            recent -= u64::from(*n);
            opens = at.saturating_add(micros(rate));
        }
        opens.max(now)
    }
}

fn micros(rate: &RateKey) -> i64 {
    i64::try_from(rate.per.as_micros()).unwrap_or(i64::MAX)
}

/// One key under its lock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// Claims that hold a slot.
    pub(crate) used: u32,
    /// Claims that count for a rate.
    pub(crate) window: Window,
    /// When the window opens, if a job was blocked for it.
    pub(crate) opens: Option<i64>,
}

/// What becomes of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It starts.
    Admitted,
    /// It is over a limit whose excess is discarded.
    Refused,
    /// It waits for this key, for this reason.
    Blocked(String, i64),
}

/// Decides claim by claim, in the order of the queue, and counts what it admits.
pub(crate) fn admit<'k>(
    claims: impl Iterator<Item = &'k Keys>,
    standing: &mut HashMap<String, Standing>,
    now: i64,
) -> Vec<Verdict> {
    claims.map(|keys| one(keys, standing, now)).collect()
}

fn one(keys: &Keys, standing: &mut HashMap<String, Standing>, now: i64) -> Verdict {
    for slot in &keys.slots {
        let used = standing.get(&slot.key).map_or(0, |key| key.used);
        if used >= slot.limit {
            return if slot.discard {
                Verdict::Refused
            } else {
                Verdict::Blocked(slot.key.clone(), OVER_LIMIT)
            };
        }
    }
    if let Some(rate) = &keys.rate {
        let key = standing.entry(rate.key.clone()).or_default();
        if key.window.fits(now, rate) == 0 {
            key.opens = Some(key.window.opens(now, rate));
            return Verdict::Blocked(rate.key.clone(), OVER_RATE);
        }
        key.window.add(now, 1);
    }
    for slot in &keys.slots {
        standing.entry(slot.key.clone()).or_default().used += 1;
    }
    Verdict::Admitted
}

/// The keys that claims of these jobs look at, each once, in order.
pub(crate) fn wanted<'k>(claims: impl Iterator<Item = &'k Keys>) -> Vec<String> {
    let mut all: Vec<String> = claims
        .flat_map(|keys| {
            let rate = keys.rate.iter().map(|rate| &rate.key);
            keys.slots.iter().map(|slot| &slot.key).chain(rate).cloned()
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Which keys still have room though a claim that may have been woken for them was turned away by another key of its
/// own, and how many of those that wait for each may go on instead: else they would wait beside a free slot.
pub(crate) fn passed_over<'k>(
    claims: impl Iterator<Item = (&'k Keys, &'k Verdict)>,
    standing: &HashMap<String, Standing>,
) -> Vec<(String, i64)> {
    let mut counts = std::collections::BTreeMap::new();
    for (keys, verdict) in claims {
        let full = match verdict {
            Verdict::Admitted => continue,
            Verdict::Refused => None,
            Verdict::Blocked(key, _) => Some(key),
        };
        for slot in keys.slots.iter().filter(|slot| Some(&slot.key) != full) {
            let count = counts.entry(slot.key.clone()).or_insert(0);
            *count = room(slot, standing).min(*count + 1);
        }
    }
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// The fair keys that claims met, and how many of those that wait for each may stand in line again, once all others of
/// the key have stepped aside: twice what was admitted, so that a key that is alone soon uses all its slots.
pub(crate) fn in_turn<'k>(
    claims: impl Iterator<Item = (&'k Keys, &'k Verdict)>,
    standing: &HashMap<String, Standing>,
) -> Vec<(String, i64)> {
    let mut counts = std::collections::BTreeMap::new();
    for (keys, verdict) in claims {
        for slot in keys.slots.iter().filter(|slot| slot.fair) {
            let room = room(slot, standing);
            let more = if *verdict == Verdict::Admitted { 2 } else { 0 };
            let count = counts.entry(slot.key.clone()).or_insert(0_i64);
            *count = (*count + more).clamp(1, room.max(1)).min(room);
        }
    }
    counts.into_iter().collect()
}

/// How many more claims may hold a slot of the key.
fn room(slot: &SlotKey, standing: &HashMap<String, Standing>) -> i64 {
    let used = standing.get(&slot.key).map_or(0, |key| key.used);
    i64::from(slot.limit.saturating_sub(used))
}

/// The keys whose other jobs step aside, each with the reason: those that were found full, and those that take turns.
pub(crate) fn step_aside<'v>(
    verdicts: impl IntoIterator<Item = &'v Verdict>,
    turns: &[(String, i64)],
) -> Vec<(String, i64)> {
    let blocked = verdicts.into_iter().filter_map(|verdict| match verdict {
        Verdict::Blocked(key, why) => Some((key.clone(), *why)),
        _ => None,
    });
    let turns = turns.iter().map(|(key, _)| (key.clone(), OVER_LIMIT));
    let mut keys: Vec<_> = blocked.chain(turns).collect();
    keys.sort();
    keys.dedup();
    keys.truncate(FULL);
    debug_assert!(keys.iter().all(|(_, why)| *why >= OVER_LIMIT));
    keys
}

/// How many slots of which key these held claims give back, in the order of keys.
pub(crate) fn given_back<'k>(claims: impl Iterator<Item = &'k Keys>) -> Vec<(String, i64)> {
    let mut counts = std::collections::BTreeMap::new();
    for slot in claims.flat_map(|keys| &keys.slots) {
        *counts.entry(slot.key.clone()).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn rate(count: u32, per: u64) -> RateKey {
        RateKey {
            key: "r".into(),
            count,
            per: Duration::from_micros(per),
        }
    }

    fn slots(limits: &[(&str, u32, bool)]) -> Keys {
        let slot = |(key, limit, discard): &(&str, u32, bool)| SlotKey {
            key: (*key).to_owned(),
            limit: *limit,
            discard: *discard,
            fair: false,
        };
        Keys {
            slots: limits.iter().map(slot).collect(),
            ..Keys::default()
        }
    }

    #[test]
    fn who_is_turned_away_by_another_key_passes_the_slot_on() {
        let with_rate = Keys {
            rate: Some(rate(1, 10)),
            ..slots(&[("a", 2, false)])
        };
        let jobs = [with_rate.clone(), with_rate.clone(), with_rate];
        let mut standing = HashMap::new();
        let verdicts = admit(jobs.iter(), &mut standing, 0);
        assert_eq!(verdicts[0], Verdict::Admitted);
        assert_eq!(verdicts[1], Verdict::Blocked("r".into(), OVER_RATE));
        let passed = passed_over(jobs.iter().zip(&verdicts), &standing);
        assert_eq!(passed, [("a".to_owned(), 1)], "no more than there is room");
        let full = slots(&[("a", 1, false)]);
        let over = [Verdict::Blocked("a".into(), OVER_LIMIT)];
        assert_eq!(passed_over([&full].into_iter().zip(&over), &standing), []);
    }

    #[test]
    fn slots_are_taken_all_or_none() {
        let mut standing = HashMap::new();
        let jobs = [
            slots(&[("a", 1, false), ("b", 2, false)]),
            slots(&[("b", 2, false), ("a", 1, false)]),
            slots(&[("b", 2, false)]),
            slots(&[("b", 2, true)]),
        ];
        let verdicts = admit(jobs.iter(), &mut standing, 0);
        assert_eq!(
            verdicts,
            [
                Verdict::Admitted,
                Verdict::Blocked("a".into(), OVER_LIMIT),
                Verdict::Admitted,
                Verdict::Refused
            ]
        );
        assert_eq!((standing["a"].used, standing["b"].used), (1, 2));
    }

    proptest! {
        /// In any span at most so many; and what is turned away may come at the time that was named.
        #[test]
        fn no_span_has_more(count in 1..6_u32, per in 1..50_i64, steps in proptest::collection::vec(0..20_i64, 1..600)) {
            let rate = rate(count, per.unsigned_abs());
            let (mut window, mut now, mut claims) = (Window::default(), 0, Vec::new());
            for step in steps {
                now += step;
                if window.fits(now, &rate) > 0 {
                    window.add(now, 1);
                    claims.push(now);
                } else {
                    let opens = window.opens(now, &rate);
                    prop_assert!(opens > now && opens <= now + per);
                    prop_assert!(window.clone().fits(opens, &rate) > 0);
                    prop_assert!(window.clone().fits(opens - 1, &rate) == 0);
                }
            }
            for (n, first) in claims.iter().enumerate() {
                let within = claims[n..].iter().filter(|at| **at - first < per).count();
                prop_assert!(within <= count as usize);
            }
        }
    }

    #[test]
    fn many_claims_take_little_room() {
        let rate = rate(100_000, 10_000_000);
        let mut window = Window::default();
        for now in 0..50_000 {
            assert!(window.fits(now, &rate) > 0);
            window.add(now, 1);
        }
        assert!(window.0.len() <= ENTRIES);
        assert_eq!(window.fits(50_000, &rate), 50_000);
    }
}
