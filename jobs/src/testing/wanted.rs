//! What an assertion wants: built by the macros, compared with what there is.

use std::fmt;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde::Serialize;
use serde_json::Value;

use super::{
    Block, log,
    log::Entry,
    report,
    run::{Execution, Span},
    test_jobs::of_the_caller,
    text,
};
use crate::{
    definition::JobDef,
    job::Job,
    payload::{ArgsReader, ArgsWriter},
};

/// Times that are closer together are the same: code under test takes its time from another clock than the test.
const SAME: TimeDelta = TimeDelta::seconds(1);

/// Stands for jobs of every type.
#[doc(hidden)]
#[derive(Debug)]
pub struct Any;

/// What is wanted of jobs of type `J`.
#[doc(hidden)]
#[must_use]
pub struct Wanted<'w, J> {
    /// As it is written in the test.
    target: &'static str,
    definition: Option<&'static JobDef>,
    args: Args<'w, J>,
    when: Option<Predicate<'w, J>>,
    queue: Option<String>,
    priority: Option<i16>,
    at: Option<DateTime<Utc>>,
    tag: Option<String>,
    pub(super) times: Times,
    span: Option<Span>,
    decode: fn(&str) -> Option<J>,
}

type Predicate<'w, J> = Box<dyn Fn(&J) -> bool + 'w>;

enum Args<'w, J> {
    Any,
    /// All of them, as JSON.
    Value(Value),
    Pattern(Predicate<'w, J>),
}

impl<J> fmt::Debug for Wanted<'_, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wanted({})", self.target)
    }
}

/// How many there must be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) exactly: Option<usize>,
    pub(super) at_least: Option<usize>,
    pub(super) at_most: Option<usize>,
}

impl Times {
    fn allow(self, found: usize) -> bool {
        let at_least = match (self.at_least, self.at_most, self.exactly) {
            (Some(least), ..) => least,
            (None, Some(_), _) | (None, None, Some(_)) => 0,
            (None, None, None) => 1,
        };
        self.exactly.is_none_or(|times| found == times)
            && found >= at_least
            && self.at_most.is_none_or(|most| found <= most)
    }
}

/// A job to compare with: one that waits, or an execution.
pub(super) struct Seen<'s> {
    pub(super) definition: &'static JobDef,
    pub(super) args: &'s str,
    pub(super) queue: &'s str,
    pub(super) priority: i16,
    pub(super) at: DateTime<Utc>,
    pub(super) tags: &'s [String],
}

/// Something in which a job differs from what is wanted: wanted, found.
pub(super) type Difference = (String, String);

impl Wanted<'_, Any> {
    pub fn any() -> Self {
        Self::new("", None, Args::Any, |_| None)
    }
}

// The bound stands on each function, so that a type that is no job is told as that.
impl<'w, J> Wanted<'w, J> {
    /// Whatever its arguments are.
    pub fn of(target: &'static str) -> Self
    where
        J: Job,
    {
        Self::new(target, Some(J::__definition()), Args::Any, decode)
    }

    /// With these arguments.
    #[track_caller]
    pub fn value(target: &'static str, job: &J) -> Self
    where
        J: Job,
    {
        let mut args = ArgsWriter::new();
        job.__encode(&mut args);
        let json = args.finish().unwrap_or_else(|(argument, error)| {
            panic!("`{argument}` of `{target}` is no JSON: {error}")
        });
        let value = serde_json::from_str(&json).unwrap_or_default();
        let definition = J::__definition();
        Self::new(target, Some(definition), Args::Value(value), decode)
    }

    /// With arguments that fit.
    pub fn pattern(target: &'static str, fits: impl Fn(&J) -> bool + 'w) -> Self
    where
        J: Job,
    {
        let args = Args::Pattern(Box::new(fits));
        Self::new(target, Some(J::__definition()), args, decode)
    }

    pub fn when(mut self, holds: impl Fn(&J) -> bool + 'w) -> Self {
        self.when = Some(Box::new(holds));
        self
    }
}

fn decode<J: Job>(args: &str) -> Option<J> {
    J::__decode(&ArgsReader::parse(args).ok()?).ok()
}

/// Whether two values are the same JSON: that is how a field of a pattern compares with an expression.
#[doc(hidden)]
pub fn same<A: Serialize + ?Sized, B: Serialize + ?Sized>(one: &A, other: &B) -> bool {
    match (serde_json::to_value(one), serde_json::to_value(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

impl<'w, J> Wanted<'w, J> {
    fn new(
        target: &'static str,
        definition: Option<&'static JobDef>,
        args: Args<'w, J>,
        decode: fn(&str) -> Option<J>,
    ) -> Self {
        Self {
            target,
            definition,
            args,
            when: None,
            queue: None,
            priority: None,
            at: None,
            tag: None,
            times: Times::default(),
            span: None,
            decode,
        }
    }

    pub fn queue(mut self, queue: impl fmt::Display) -> Self {
        self.queue = Some(queue.to_string());
        self
    }

    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = Some(priority);
        self
    }

    pub fn at<Tz: TimeZone>(mut self, at: DateTime<Tz>) -> Self {
        self.at = Some(at.with_timezone(&Utc));
        self
    }

    pub fn tag(mut self, tag: impl fmt::Display) -> Self {
        self.tag = Some(tag.to_string());
        self
    }

    pub fn times(mut self, times: usize) -> Self {
        self.times.exactly = Some(times);
        self
    }

    pub fn at_least(mut self, times: usize) -> Self {
        self.times.at_least = Some(times);
        self
    }

    pub fn at_most(mut self, times: usize) -> Self {
        self.times.at_most = Some(times);
        self
    }

    pub fn within<T>(mut self, block: &Block<T>) -> Self {
        self.span = Some(block.span.clone());
        self
    }

    /// What the messages say was wanted.
    pub(super) fn target(&self) -> &'static str {
        self.target
    }

    pub(super) fn name(&self) -> Option<&'static str> {
        self.definition.map(|job| job.name)
    }

    /// In what a job differs from what is wanted; nothing if it is one of those.
    pub(super) fn differences(&self, seen: &Seen<'_>, now: DateTime<Utc>) -> Vec<Difference> {
        let mut found = Vec::new();
        let shown = || {
            let args = serde_json::from_str(seen.args).unwrap_or_default();
            text::job(seen.definition, &args)
        };
        if self.name().is_some_and(|name| name != seen.definition.name) {
            return vec![(self.target.to_owned(), shown())];
        }
        let typed = || (self.decode)(seen.args);
        let fits = match &self.args {
            Args::Any => true,
            Args::Value(value) => {
                serde_json::from_str::<Value>(seen.args).is_ok_and(|args| args == *value)
            }
            Args::Pattern(fits) => typed().is_some_and(|job| fits(&job)),
        };
        if !fits {
            let wanted = match (&self.args, self.definition) {
                (Args::Value(value), Some(definition)) => text::job(definition, value),
                _ => self.target.to_owned(),
            };
            let mut there = shown();
            if there == wanted {
                there.push_str(" (what is redacted differs)");
            }
            found.push((wanted, there));
        }
        if let Some(holds) = &self.when
            && fits
            && !typed().is_some_and(|job| holds(&job))
        {
            found.push(("a job for which `when` holds".to_owned(), shown()));
        }
        let text = |name: &str, value: &str| format!("{name} = {value:?}");
        if let Some(queue) = self.queue.as_deref().filter(|queue| *queue != seen.queue) {
            found.push((text("queue", queue), text("queue", seen.queue)));
        }
        if let Some(priority) = self.priority.filter(|wanted| *wanted != seen.priority) {
            let shown = |priority| format!("priority = {priority}");
            found.push((shown(priority), shown(seen.priority)));
        }
        if let Some(at) = self.at.filter(|at| (*at - seen.at).abs() > SAME) {
            let shown = |at: DateTime<Utc>| {
                let precise = at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
                format!("at = {precise} ({})", text::wait(at - now))
            };
            found.push((shown(at), shown(seen.at)));
        }
        if let Some(tag) = self.tag.as_ref().filter(|tag| !seen.tags.contains(tag)) {
            found.push((text("tag", tag), format!("tags = {:?}", seen.tags)));
        }
        found
    }

    fn counts(&self, number: usize) -> bool {
        self.span.as_ref().is_none_or(|span| span.contains(&number))
    }

    /// Jobs that wait now.
    ///
    /// # Panics
    /// If there are not as many as wanted.
    #[track_caller]
    pub fn assert_enqueued(self, written: &str) {
        let (answered, now, waiting) = self.waiting();
        let judged = self.judge(waiting.iter().map(seen), now);
        if !self
            .times
            .allow(judged.iter().filter(|one| one.is_empty()).count())
        {
            panic!(
                "{}",
                report::enqueued(&self, written, false, answered, now, &waiting, &judged)
            );
        }
    }

    /// None that waits now.
    ///
    /// # Panics
    /// If there is one.
    #[track_caller]
    pub fn assert_no_enqueued(self, written: &str) {
        let (answered, now, waiting) = self.waiting();
        let judged = self.judge(waiting.iter().map(seen), now);
        if judged.iter().any(Vec::is_empty) {
            panic!(
                "{}",
                report::enqueued(&self, written, true, answered, now, &waiting, &judged)
            );
        }
    }

    /// Runs of jobs.
    ///
    /// # Panics
    /// If there were not as many as wanted.
    #[track_caller]
    pub fn assert_performed(self, written: &str) {
        let (now, ran) = self.ran();
        let judged = self.judge_runs(&ran, now);
        if !self
            .times
            .allow(judged.iter().filter(|one| one.is_empty()).count())
        {
            panic!(
                "{}",
                report::performed(&self, written, false, &ran, &judged)
            );
        }
    }

    /// No run of such a job.
    ///
    /// # Panics
    /// If there was one.
    #[track_caller]
    pub fn assert_no_performed(self, written: &str) {
        let (now, ran) = self.ran();
        let judged = self.judge_runs(&ran, now);
        if judged.iter().any(Vec::is_empty) {
            panic!("{}", report::performed(&self, written, true, &ran, &judged));
        }
    }

    #[track_caller]
    fn waiting(&self) -> (bool, DateTime<Utc>, Vec<Entry>) {
        let (jobs, kit) = of_the_caller();
        let answered = log::refresh(&jobs);
        let log = kit.log();
        let waiting = log.entries.iter();
        let waiting = waiting.filter(|entry| entry.waits() && self.counts(entry.number));
        (answered, kit.clock.utc(), waiting.cloned().collect())
    }

    #[track_caller]
    fn ran(&self) -> (DateTime<Utc>, Vec<Execution>) {
        let (_, kit) = of_the_caller();
        let log = kit.log();
        let ran = log.executions.iter();
        let ran = ran.filter(|(number, one)| one.called && self.counts(*number));
        let ran = ran.map(|(_, one)| one.clone()).collect();
        (kit.clock.utc(), ran)
    }

    fn judge<'s>(
        &self,
        all: impl Iterator<Item = Seen<'s>>,
        now: DateTime<Utc>,
    ) -> Vec<Vec<Difference>> {
        all.map(|seen| self.differences(&seen, now)).collect()
    }

    fn judge_runs(&self, ran: &[Execution], now: DateTime<Utc>) -> Vec<Vec<Difference>> {
        let judge = |one: &Execution| {
            let args = one.args.to_string();
            let seen = Seen {
                definition: one.definition,
                args: &args,
                queue: &one.queue,
                priority: one.priority,
                at: one.at,
                tags: &one.tags,
            };
            self.differences(&seen, now)
        };
        ran.iter().map(judge).collect()
    }
}

fn seen(entry: &Entry) -> Seen<'_> {
    Seen {
        definition: entry.job,
        args: &entry.args,
        queue: &entry.queue,
        priority: entry.priority,
        at: entry.at,
        tags: &entry.tags,
    }
}
