//! The command line: to look at a job database, and to mend it, without writing SQL.
//!
//! The crate `jobs-cli` has the binary `jobs`, which works on any database, without the types of its jobs. A program
//! that has jobs makes a binary of its own with [`main`], which can also [`work`](crate::Worker), and knows its types.
//!
//! What comes from the database is shown as text: control characters, escapes and marks that turn the direction of
//! writing are shown as `\u{…}`, in tables and in JSON.

mod act;
mod args;
mod bench;
mod check;
mod cron;
mod dead;
mod doctor;
mod generate;
mod init;
mod lock;
mod output;
mod show;
mod text;
mod top;
mod web;
mod work;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

pub use self::web::{Serve, Web};
use self::{
    args::{Cli, Command},
    output::Output,
};
use crate::{
    error::{Error, Result},
    handle::Jobs,
    inspect::Inspector,
};

/// Something went wrong: the database cannot be reached, or refused.
const FAILED: u8 = 1;
/// The command line was not understood.
const USAGE: u8 = 2;
/// There is no such job, queue, task or worker.
const NOT_FOUND: u8 = 3;
/// It was found, and the action cannot be done to it.
const REFUSED: u8 = 4;
/// `doctor` found something that needs attention.
const UNHEALTHY: u8 = 5;
/// `check FILE` or `lock --check` found that code and file do not go together.
const INVALID: u8 = 6;

/// How a command ended, if not well.
#[derive(Debug)]
enum Trouble {
    Failed(String),
    Usage(String),
    NotFound(String),
    Refused(String),
    Unhealthy,
    /// What is wrong has been printed.
    Invalid,
    /// Who read the output has gone.
    Unread,
}

type Ended = std::result::Result<(), Trouble>;

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::NotByName { .. } | Error::Duplicate { .. } => Self::Refused(error.to_string()),
            Error::NoTask { .. } => Self::NotFound(error.to_string()),
            Error::TaskInCode { .. } => Self::Refused(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// What commands work with.
struct Context {
    inspector: Inspector,
    output: Output,
    yes: bool,
}

/// The command line of a program that has jobs: `work`, and all commands of the binary `jobs`, on the program's own
/// handle. It reads the process's arguments; the result is its exit code.
///
/// ```no_run
/// # jobs::queues! { default }
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     let jobs = match jobs::Jobs::connect("sqlite://jobs.db").await {
///         Ok(jobs) => jobs,
///         Err(error) => {
///             eprintln!("{error}");
///             return std::process::ExitCode::FAILURE;
///         }
///     };
///     jobs::cli::main(jobs).await
/// }
/// ```
pub async fn main(jobs: Jobs) -> ExitCode {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let json = cli.json;
    ended(json, execute(cli, Some(jobs), None).await)
}

/// The commands of a program's own binary that need no database: `init`, `lock`, `check FILE`, completions, manual pages, help.
/// The result is the exit code, or nothing if the process's arguments say another command: [`main`] is next then.
///
/// Without it these commands work too, once the program has connected.
///
/// ```no_run
/// # jobs::queues! { default }
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     if let Some(code) = jobs::cli::offline() {
///         return code;
///     }
///     let jobs = match jobs::Jobs::connect("postgres://app@db.example/app").await {
///         Ok(jobs) => jobs,
///         Err(error) => {
///             eprintln!("{error}");
///             return std::process::ExitCode::FAILURE;
///         }
///     };
///     jobs::cli::main(jobs).await
/// }
/// ```
#[must_use]
pub fn offline() -> Option<ExitCode> {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(code) => return Some(code),
    };
    without_database(&cli, true).map(|end| ended(cli.json, end))
}

/// The command line on the database that its arguments or the environment name. `serve` is what `web` does; the binary
/// `jobs` gives it the dashboard of the crate `jobs-web`.
///
/// ```no_run
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     jobs::cli::standalone(None).await
/// }
/// ```
pub async fn standalone(serve: Option<Serve>) -> ExitCode {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let json = cli.json;
    ended(json, execute(cli, None, serve).await)
}

fn parsed() -> std::result::Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        // Help and version are no errors.
        let code = if error.use_stderr() { USAGE } else { 0 };
        let _ = error.print();
        ExitCode::from(code)
    })
}

fn ended(json: bool, end: Ended) -> ExitCode {
    let (code, text) = match end {
        Ok(()) | Err(Trouble::Unread) => return ExitCode::SUCCESS,
        Err(Trouble::Failed(text)) => (FAILED, text),
        Err(Trouble::Usage(text)) => (USAGE, text),
        Err(Trouble::NotFound(text)) => (NOT_FOUND, text),
        Err(Trouble::Refused(text)) => (REFUSED, text),
        Err(Trouble::Unhealthy) => (UNHEALTHY, String::new()),
        Err(Trouble::Invalid) => (INVALID, String::new()),
    };
    if !text.is_empty() {
        output::complain(&text, code, json);
    }
    ExitCode::from(code)
}

/// What the command is if it needs no database; `own` is a program that knows its jobs.
fn without_database(cli: &Cli, own: bool) -> Option<Ended> {
    let output = Output::new(cli.json);
    let usage = |text: &str| Some(Err(Trouble::Usage(text.to_owned())));
    match &cli.command {
        Command::Completions { shell } => Some(generate::completions(Cli::command(), *shell)),
        Command::Man { directory } => Some(generate::manual(Cli::command(), directory.as_deref())),
        Command::Init(options) => Some(init::run(output, options)),
        Command::Check(args::Check {
            file: Some(file),
            environment,
        }) => Some(check::file(output, file, environment.as_deref(), own)),
        Command::Lock(options) if own => Some(lock::run(output, options)),
        Command::Lock(_) => usage(
            "this binary knows no jobs, so it cannot lock any: make one of your program's with `jobs::cli::main(jobs)`",
        ),
        Command::Work(_) if !own => usage(
            "this binary knows no jobs, so it cannot run any: make one of your program's with `jobs::cli::main(jobs)`",
        ),
        _ => None,
    }
}

async fn execute(cli: Cli, own: Option<Jobs>, serve: Option<Serve>) -> Ended {
    if let Some(end) = without_database(&cli, own.is_some()) {
        return end;
    }
    if own.is_some() && cli.database_url.is_some() {
        return Err(Trouble::Usage(
            "this binary has its own database: leave --database-url out".into(),
        ));
    }
    if let Command::Web(options) = &cli.command {
        web::allowed(options, serve.is_some())?;
    }
    let theirs = own.is_none();
    let jobs = match own {
        Some(jobs) => jobs,
        None => connect(&cli).await?,
    };
    let context = Context {
        inspector: jobs.inspect().as_actor(&actor(cli.actor.as_deref())),
        output: Output::new(cli.json),
        yes: cli.yes,
    };
    let ended = match cli.command {
        Command::Web(options) => web::run(&jobs, options, serve).await,
        other => command(&context, other).await,
    };
    if theirs {
        jobs.close().await;
    }
    ended
}

async fn command(context: &Context, command: Command) -> Ended {
    match command {
        Command::Migrate => show::migrated(context).await,
        Command::Check(_) => show::checked(context).await,
        Command::Status => show::status(context).await,
        Command::List(list) => show::list(context, list).await,
        Command::Show { id } => show::job(context, id).await,
        Command::Why { id } => show::why(context, id).await,
        Command::Queues => show::queues(context).await,
        Command::Workers { action } => work::workers(context, action).await,
        Command::Audit { limit } => show::audit(context, limit).await,
        Command::Enqueue(new) => act::enqueue(context, new).await,
        Command::Retry(which) => act::many(context, crate::inspect::Action::Retry, which).await,
        Command::Cancel(which) => act::many(context, crate::inspect::Action::Cancel, which).await,
        Command::Discard(which) => act::many(context, crate::inspect::Action::Discard, which).await,
        Command::Delete(which) => act::many(context, crate::inspect::Action::Delete, which).await,
        Command::RunAgain { id } => act::run_again(context, id).await,
        Command::Edit { id, args, retry } => act::edit(context, id, &args, retry).await,
        Command::Pause { queue } => act::pause(context, &queue).await,
        Command::Resume { queue } => act::resume(context, &queue).await,
        Command::Clear { queue } => act::clear(context, &queue).await,
        Command::Dead { action } => dead::run(context, action).await,
        Command::Cron { action } => cron::run(context, action).await,
        Command::Doctor => doctor::run(context).await,
        Command::Top { every } => top::run(context, every).await,
        Command::Bench { jobs } => bench::run(context, jobs).await,
        Command::Work(options) => work::run(context, options).await,
        // These were handled before.
        Command::Init(_)
        | Command::Completions { .. }
        | Command::Man { .. }
        | Command::Lock(_)
        | Command::Web(_) => Ok(()),
    }
}

/// A look must neither make a database nor change one: only `migrate` does.
async fn connect(cli: &Cli) -> std::result::Result<Jobs, Trouble> {
    let named = |name| std::env::var(name).ok().filter(|url| !url.is_empty());
    let url = cli.database_url.clone();
    let url = url.or_else(|| named("JOBS_DATABASE_URL"));
    let Some(url) = url.or_else(|| named("DATABASE_URL")) else {
        return Err(Trouble::Usage(
            "which database? Say --database-url, or set JOBS_DATABASE_URL or DATABASE_URL".into(),
        ));
    };
    let changes = matches!(cli.command, Command::Migrate);
    if let (false, Some(path)) = (changes, args::missing_file(&url)) {
        return Err(Trouble::Failed(format!(
            "there is no database {path} (run `jobs migrate` to make one)"
        )));
    }
    let mut builder = Jobs::builder(&url).migrate(changes);
    if let Some(schema) = &cli.schema {
        builder = builder.schema(schema);
    }
    if let Some(prefix) = &cli.table_prefix {
        builder = builder.table_prefix(prefix);
    }
    let connected: Result<Jobs> = builder.connect().await;
    connected.map_err(|error| match error {
        Error::NotMigrated { .. } => Trouble::Failed(format!("{error} (run `jobs migrate`)")),
        error => Trouble::from(error),
    })
}

/// Who acts, for the log of what was done by hand.
fn actor(given: Option<&str>) -> String {
    let name = given.map(str::to_owned).or_else(|| {
        let of = |name| std::env::var(name).ok().filter(|name| !name.is_empty());
        of("USER").or_else(|| of("LOGNAME"))
    });
    format!("cli:{}", name.as_deref().unwrap_or("unknown"))
}
