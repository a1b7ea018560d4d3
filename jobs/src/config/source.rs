//! The text of a file, and problems at their places in it.

use std::ops::Range;

use crate::error::{ConfigError, ConfigProblem, Error, Excerpt};

/// Bytes of the text.
pub(super) type Span = Range<usize>;

/// The longest part of a line that is shown, in characters.
const WIDEST: usize = 160;

/// So many problems are shown: a file that is no TOML at all has one at every word.
const MOST: usize = 100;

/// A file.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

/// Something wrong at some place.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) at: Span,
    pub(super) message: String,
    pub(super) help: String,
    /// Its line may hold a password.
    pub(super) secret: bool,
}

impl Problem {
    pub(super) fn new(at: &Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            at: at.clone(),
            message: message.into(),
            help: help.into(),
            secret: false,
        }
    }
}

/// Where the lines of a text end.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// The number of a byte's line, counted from 1.
    pub(super) fn number(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}

impl Source {
    pub(super) fn lines(&self) -> Lines {
        let ends = self.text.bytes().enumerate();
        let ends = ends.filter_map(|(at, byte)| (byte == b'\n').then_some(at));
        Lines(ends.collect())
    }

    /// All of them as one error, in the order of the text.
    pub(super) fn error(&self, mut problems: Vec<Problem>) -> Error {
        problems.sort_by_key(|problem| (problem.at.start, problem.at.end));
        let more = problems.len().saturating_sub(MOST);
        if more > 0 {
            let at = problems[MOST].at.clone();
            problems.truncate(MOST);
            let message = format!("{more} more problems are not shown");
            problems.push(Problem::new(&at, message, "mend those before first"));
        }
        let lines = self.lines();
        let problems = problems
            .into_iter()
            .map(|problem| self.shown(problem, &lines));
        Error::Config(ConfigError::new(problems.collect()))
    }

    fn shown(&self, problem: Problem, lines: &Lines) -> ConfigProblem {
        let at = self.boundary(problem.at.start);
        let start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let line = line.trim_end_matches('\r');
        let before = &self.text[start..at];
        let meant = &self.text[at..self.boundary(problem.at.end).max(at)];
        let meant = meant.split(['\n', '\r']).next().unwrap_or_default();
        let column = before.chars().count();
        let excerpt = (!problem.secret && column < WIDEST).then(|| Excerpt {
            line: line.chars().take(WIDEST).collect(),
            before: before
                .chars()
                .map(|mark| if mark == '\t' { '\t' } else { ' ' })
                .collect(),
            carets: meant.chars().count().clamp(1, WIDEST - column),
        });
        ConfigProblem {
            file: self.name.clone(),
            line: lines.number(at),
            column: column + 1,
            message: problem.message,
            help: problem.help,
            excerpt,
        }
    }

    /// The last boundary of a character that is not behind this byte.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
