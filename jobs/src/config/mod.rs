//! [`Config`]: settings from a file, `jobs.toml`. Errors are collected, and each is told with its line.
//!
//! `read` takes every key by the table in `keys` and gives a tree, in which an environment's values replace the file's;
//! `settings` takes the tree apart; `program` asks whether the program has the queues, jobs and arguments that it names.

mod keys;
mod program;
mod read;
mod schema;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod variables;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) use settings::Task;

use self::{
    settings::Parts,
    source::{Problem, Source},
};
use crate::{
    error::{Error, Result},
    registry::Registry,
};

/// The variable that names the environment.
const ENVIRONMENT: &str = "JOBS_ENV";

/// Settings from a file: database, pools, recurring tasks, retention, limits.
///
/// What the file says holds over what code says, and what an operator set in the database (a pause) over both. Every
/// key is listed in docs/configuration.md.
///
/// ```
/// # fn main() -> jobs::Result<()> {
/// let config = jobs::Config::parse(
///     r#"
///     [database]
///     url = "${JOBS_DATABASE:-sqlite::memory:}"
///
///     [pools.main]
///     queues = { default = 3 }
///     concurrency = 4
///
///     [env.production.pools.main]
///     concurrency = 40
///     "#,
/// )?;
/// config.check()?; // the program has its queues, jobs and their arguments
/// # Ok(()) }
/// # mod app { jobs::queues! { default } }
/// ```
///
/// With what only code can give:
///
/// ```no_run
/// # async fn doc() -> jobs::Result<()> {
/// let jobs = jobs::Config::load("jobs.toml")?
///     .builder()
///     .state(String::from("for `#[state] greeting: &String`"))
///     .connect()
///     .await?;
/// jobs.worker().run().await // SIGHUP reads the file again
/// # }
/// ```
#[derive(Clone)]
pub struct Config {
    source: Arc<Source>,
    /// Where it was read from.
    path: Option<PathBuf>,
    /// The environment that was asked for by the caller, not by `JOBS_ENV`.
    asked: Option<String>,
    parts: Parts,
}

impl fmt::Debug for Config {
    /// The text may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config({})", self.source.name)
    }
}

/// A file as it was read, problems included.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    config: Config,
    problems: Vec<Problem>,
}

impl Config {
    /// Reads a file. The variable `JOBS_ENV` says which of its environments holds, if any.
    ///
    /// # Errors
    /// [`Error::Io`]: it cannot be read. [`Error::Config`]: all that is wrong in it, but for queues, jobs and arguments
    /// that the program does not have: [`check`](Self::check) tells of these, and so does connecting.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Draft::load(path.as_ref(), None)?.finished()
    }

    /// Reads a file for an environment, whatever `JOBS_ENV` says.
    ///
    /// ```no_run
    /// # fn main() -> jobs::Result<()> {
    /// let config = jobs::Config::load_for("jobs.toml", "production")?;
    /// # drop(config);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_for(path: impl AsRef<Path>, environment: &str) -> Result<Self> {
        Draft::load(path.as_ref(), Some(environment.to_owned()))?.finished()
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`Error::Config`], as [`load`](Self::load).
    pub fn parse(text: &str) -> Result<Self> {
        let source = Source {
            name: "jobs.toml".to_owned(),
            text: text.to_owned(),
        };
        Draft::read(source, None, None).finished()
    }

    /// Asks whether this program has the queues and jobs that the file names, and whether the jobs take the arguments
    /// that it gives. Needs no database.
    ///
    /// # Errors
    /// [`Error::Config`]: all that it does not have. [`Error::DuplicateName`], [`Error::QueueConflict`]: the program
    /// contradicts itself.
    pub fn check(&self) -> Result<()> {
        self.check_against(&Registry::collect(&[])?)
    }

    pub(crate) fn check_against(&self, registry: &Registry) -> Result<()> {
        let draft = Draft {
            config: self.clone(),
            problems: Vec::new(),
        };
        draft.checked(registry).map(drop)
    }

    /// The environment that was asked for, by [`load_for`](Self::load_for) or `JOBS_ENV`.
    ///
    /// ```
    /// # fn main() -> jobs::Result<()> {
    /// let config = jobs::Config::parse("[database]\nurl = \"sqlite::memory:\"")?;
    /// println!("for {}", config.environment().unwrap_or_else(|| "no environment".into()));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn environment(&self) -> Option<String> {
        self.asked.clone().or_else(from_environment)
    }

    /// The JSON schema of such files, for editors; docs/jobs.schema.json is the same.
    ///
    /// ```
    /// let schema = jobs::Config::json_schema();
    /// assert!(schema["properties"]["pools"].is_object());
    /// ```
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        schema::schema()
    }

    /// Reads the file again, in the same environment.
    ///
    /// ```no_run
    /// # async fn doc(jobs: jobs::Jobs, config: jobs::Config) -> jobs::Result<()> {
    /// jobs.reload(config.again()?)?; // as SIGHUP does
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`load`](Self::load). One that was parsed from text has no file: [`Error::Io`].
    pub fn again(&self) -> Result<Self> {
        self.reread()?.finished()
    }

    pub(crate) fn reread(&self) -> Result<Draft> {
        let Some(path) = &self.path else {
            return Err(Error::Io {
                what: "reading the settings again".to_owned(),
                source: std::io::Error::other("they were not read from a file"),
            });
        };
        Draft::load(path, self.asked.clone())
    }

    /// Nobody says where the jobs are.
    pub(crate) fn without_database(&self) -> Error {
        let problem = Problem::new(
            &(0..0),
            "the file names no database",
            format!(
                "below `[database]`, {}",
                keys::URLS.replacen("write", "write `url = …`:", 1)
            ),
        );
        self.source.error(vec![problem])
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// What of the two cannot be changed while a program runs.
    pub(crate) fn fixed_differences(&self, other: &Self) -> Vec<&'static str> {
        self.parts.fixed_differences(&other.parts)
    }
}

fn from_environment() -> Option<String> {
    let name = std::env::var(ENVIRONMENT).ok()?;
    (!name.is_empty()).then_some(name)
}

impl Draft {
    pub(crate) fn load(path: &Path, asked: Option<String>) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            what: format!("reading the settings in {name}"),
            source,
        })?;
        // What is no text is shown as such: with the place where it stands.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let source = Source { name, text };
        Ok(Self::read(source, Some(path.to_owned()), asked))
    }

    fn read(source: Source, path: Option<PathBuf>, asked: Option<String>) -> Self {
        let environment = asked.clone().or_else(from_environment);
        let variable = |name: &str| std::env::var(name).ok();
        let (table, mut problems) = read::read(&source, environment.as_deref(), &variable);
        let parts = Parts::new(&table, &mut problems);
        let config = Config {
            source: Arc::new(source),
            path,
            asked,
            parts,
        };
        Self { config, problems }
    }

    /// What the file alone tells.
    pub(crate) fn finished(self) -> Result<Config> {
        if self.problems.is_empty() {
            return Ok(self.config);
        }
        Err(self.config.source.error(self.problems))
    }

    /// Together with what the program tells.
    pub(crate) fn checked(mut self, registry: &Registry) -> Result<Config> {
        let found = program::problems(&self.config.parts, registry);
        self.problems.extend(found);
        self.finished()
    }
}

impl From<Config> for Draft {
    fn from(config: Config) -> Self {
        Self {
            config,
            problems: Vec::new(),
        }
    }
}
