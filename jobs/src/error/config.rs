//! What is wrong with a file of settings: all of it at once, each thing at its place.

use std::fmt;

/// A file of settings that cannot be used. Its text shows every problem with its line.
///
/// ```
/// let error = jobs::Config::parse("[pools.main]\nconcurency = 10\nqueues = 7\n").unwrap_err();
/// let jobs::Error::Config(error) = error else { panic!("{error}") };
/// assert_eq!(error.problems().len(), 2);
///
/// let first = &error.problems()[0];
/// assert_eq!((first.line, first.column), (2, 1));
/// assert_eq!(first.message, "unknown key `concurency` in `pools.main`");
/// assert_eq!(first.help, "did you mean `concurrency`?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<ConfigProblem>,
}

impl ConfigError {
    pub(crate) fn new(problems: Vec<ConfigProblem>) -> Self {
        Self { problems }
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [] => f.write_str("the file of settings cannot be used"),
            [one] => one.fmt(f),
            [first, ..] => {
                write!(f, "{} has {} errors", first.file, self.problems.len())?;
                self.problems
                    .iter()
                    .try_for_each(|problem| write!(f, "\n\n{problem}"))
            }
        }
    }
}

impl std::error::Error for ConfigError {}

/// One thing that is wrong in a file of settings.
///
/// ```
/// # fn show(error: &jobs::ConfigError) {
/// for problem in error.problems() {
///     eprintln!("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message);
///     eprintln!("{}", problem.help);
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// The file, as it was named.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead; empty if there is nothing to add.
    pub help: String,
    pub(crate) excerpt: Option<Excerpt>,
}

/// The line, and what of it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) line: String,
    /// What stands before the carets: blanks, and tabs where the line has them.
    pub(crate) before: String,
    pub(crate) carets: usize,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        write!(
            f,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )?;
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{margin} |\n{number} | {}", excerpt.line)?;
            write!(
                f,
                "\n{margin} | {}{}",
                excerpt.before,
                "^".repeat(excerpt.carets)
            )?;
        }
        if !self.help.is_empty() {
            write!(f, "\n{margin} = help: {}", self.help)?;
        }
        Ok(())
    }
}
