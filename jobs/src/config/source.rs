//! The text of a file, and problems at their places in it.

use std::ops::Range;

use crate::error::{ConfigError, ConfigProblem, Error, Excerpt};

/// Bytes of the text.
pub(super) type Span = Range<usize>;

/// The longest part of a line that is shown, in characters.
const WIDEST: usize = 160;

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

impl Source {
    /// The number of a byte's line, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at);
        before.map_or(1, |before| {
            before.iter().filter(|byte| **byte == b'\n').count() + 1
        })
    }

    /// All of them as one error, in the order of the text.
    pub(super) fn error(&self, mut problems: Vec<Problem>) -> Error {
        problems.sort_by_key(|problem| (problem.at.start, problem.at.end));
        let problems = problems.into_iter().map(|problem| self.shown(problem));
        Error::Config(ConfigError::new(problems.collect()))
    }

    fn shown(&self, problem: Problem) -> ConfigProblem {
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
            line: self.line(at),
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
