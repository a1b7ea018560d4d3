//! The operations of one transaction. Inserts are merged into one statement, and so are finishes.

use sqlx::SqliteConnection;

use super::{Asked, Op, Work};
use crate::{
    error::Result,
    storage::{
        Ack, Finish, Inserted, NewJob,
        sqlite::{
            clock::Clock,
            finish, insert,
            statements::{Bound, Statements},
        },
    },
};

/// So many rows or operations wait for no more: others want the lock as well.
const FULL: usize = 10_000;

#[derive(Default)]
pub(super) struct Group {
    inserts: Merged<NewJob, Inserted>,
    finishes: Merged<Finish, Ack>,
    others: Vec<Box<dyn Work>>,
    weight: usize,
}

/// Operations of one kind, and the answers to all their items, in order.
struct Merged<I, A> {
    ops: Vec<Asked<I, A>>,
    answers: Vec<A>,
}

impl<I, A> Default for Merged<I, A> {
    fn default() -> Self {
        Self {
            ops: Vec::new(),
            answers: Vec::new(),
        }
    }
}

impl<I, A> Merged<I, A> {
    fn items<'a>(&'a self, clock: &Clock) -> Vec<(&'a I, i64)> {
        let mut all = Vec::with_capacity(self.ops.iter().map(|op| op.items.len()).sum());
        for op in &self.ops {
            let now = clock.micros(op.now);
            all.extend(op.items.iter().map(|item| (item, now)));
        }
        all
    }

    fn answer(self, outcome: &mut Outcome) {
        let mut answers = self.answers.into_iter();
        for op in self.ops {
            let answer = outcome
                .take()
                .map(|()| answers.by_ref().take(op.items.len()).collect());
            // A caller that has gone is no longer interested.
            let _ = op.reply.send(answer);
        }
    }

    fn split(self, wrap: fn(Asked<I, A>) -> Op) -> impl Iterator<Item = Op> {
        self.ops.into_iter().map(wrap)
    }
}

/// The end of a transaction; an error belongs to the one operation in it.
struct Outcome(Option<Result<()>>);

impl Outcome {
    fn take(&mut self) -> Result<()> {
        match &self.0 {
            Some(Err(_)) => self.0.take().unwrap_or(Ok(())),
            _ => Ok(()),
        }
    }
}

impl Group {
    /// False if nothing comes after it.
    pub(super) fn add(&mut self, op: Op) -> bool {
        self.weight += 1;
        match op {
            Op::Insert(asked) => {
                self.weight += asked.items.len();
                self.inserts.ops.push(asked);
            }
            Op::Finish(asked) => {
                self.weight += asked.items.len();
                self.finishes.ops.push(asked);
            }
            Op::Other(work) => self.others.push(work),
            Op::Close => return false,
        }
        true
    }

    pub(super) fn len(&self) -> usize {
        self.inserts.ops.len() + self.finishes.ops.len() + self.others.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn is_full(&self) -> bool {
        self.weight >= FULL
    }

    /// The whole transaction as one call, if nothing is in it but plain inserts.
    pub(super) fn in_one_call(
        &self,
        statements: &Statements,
        clock: &Clock,
    ) -> Option<Result<Bound>> {
        let only = self.finishes.ops.is_empty() && self.others.is_empty();
        only.then(|| insert::alone(statements, &self.inserts.items(clock)))?
    }

    /// That call was made.
    pub(super) fn is_in(&mut self) {
        let rows = self.inserts.ops.iter().map(|op| op.items.len()).sum();
        self.inserts.answers = vec![Inserted::New; rows];
    }

    /// Does everything, inside a transaction. Claims are among the others and come last: they see the rest.
    pub(super) async fn run(
        &mut self,
        connection: &mut SqliteConnection,
        statements: &Statements,
        clock: &Clock,
    ) -> Result<()> {
        if !self.inserts.ops.is_empty() {
            let items = self.inserts.items(clock);
            let answers = insert::insert(connection, statements, &items).await?;
            self.inserts.answers = answers;
        }
        if !self.finishes.ops.is_empty() {
            let items = self.finishes.items(clock);
            let answers = finish::finish(connection, statements, &items).await?;
            self.finishes.answers = answers;
        }
        for work in &mut self.others {
            work.run(connection).await?;
        }
        Ok(())
    }

    /// Tells all callers. Only a group of one is told of a failure.
    pub(super) fn answer(self, outcome: Result<()>) {
        let mut outcome = Outcome(Some(outcome));
        self.inserts.answer(&mut outcome);
        self.finishes.answer(&mut outcome);
        for work in self.others {
            work.answer(outcome.take());
        }
    }

    /// One group for each operation.
    pub(super) fn split(self) -> Vec<Self> {
        let others = self.others.into_iter().map(Op::Other);
        self.inserts
            .split(Op::Insert)
            .chain(self.finishes.split(Op::Finish))
            .chain(others)
            .map(|op| {
                let mut one = Self::default();
                one.add(op);
                one
            })
            .collect()
    }
}
