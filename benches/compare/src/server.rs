//! The Postgres server: `TEST_POSTGRES_URL`, or one on the usual local port, or one of our own.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use drive::Result;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

const LOCAL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
const OWN_PORT: &str = "54329";

/// A server, and a connection to its maintenance database.
pub struct Server {
    url: String,
    runtime: Runtime,
    client: Client,
    own: Option<Own>,
    made: std::cell::Cell<u32>,
}

impl Server {
    /// Finds one, or starts one.
    pub fn find() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let asked = std::env::var("TEST_POSTGRES_URL").ok();
        let url = asked.clone().unwrap_or_else(|| LOCAL.into());
        let (url, client, own) = match (connect(&runtime, &url), asked) {
            (Ok(client), _) => (url, client, None),
            (Err(error), Some(_)) => {
                return Err(format!("no Postgres answers at TEST_POSTGRES_URL: {error}").into());
            }
            (Err(_), None) => {
                let own = Own::start()?;
                let url = format!("postgres://postgres@127.0.0.1:{OWN_PORT}/postgres");
                let client = connect(&runtime, &url)?;
                (url, client, Some(own))
            }
        };
        let server = Self {
            url,
            runtime,
            client,
            own,
            made: 0.into(),
        };
        server.clear()?;
        Ok(server)
    }

    /// Drops what earlier calls left that were cut off: databases of processes that are gone.
    fn clear(&self) -> Result {
        let sql = "SELECT datname FROM pg_database d WHERE datname ~ '^jobs_compare_[0-9]+_[0-9]+$'
            AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)";
        for row in self.runtime.block_on(self.client.query(sql, &[]))? {
            let name: &str = row.get(0);
            let pid = name.split('_').nth(2).unwrap_or_default();
            if !Path::new("/proc").join(pid).exists() {
                self.run(&format!("DROP DATABASE {name}"))?;
            }
        }
        Ok(())
    }

    /// A new database, dropped with the value.
    pub fn database(&self) -> Result<Database<'_>> {
        let count = self.made.replace(self.made.get() + 1);
        let name = format!("jobs_compare_{}_{count}", std::process::id());
        self.run(&format!("CREATE DATABASE {name}"))?;
        let url = with_database(&self.url, &name);
        let client = connect(&self.runtime, &url)?;
        Ok(Database {
            server: self,
            name,
            url,
            client: Some(client),
        })
    }

    /// One figure, asked for in the maintenance database, so that it does not count among a test database's own.
    pub fn figure(&self, sql: &str) -> Result<f64> {
        figure(&self.runtime, &self.client, sql)
    }

    /// What is measured: version and the settings that decide.
    pub fn describe(&self) -> Result<String> {
        let sql = "SELECT 'Postgres ' || current_setting('server_version') || ', fsync ' || current_setting('fsync') ||
            ', synchronous_commit ' || current_setting('synchronous_commit') || ', shared_buffers ' ||
            current_setting('shared_buffers')";
        Ok(self
            .runtime
            .block_on(self.client.query_one(sql, &[]))?
            .get(0))
    }

    fn run(&self, sql: &str) -> Result {
        Ok(self.runtime.block_on(self.client.batch_execute(sql))?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            own.stop();
        }
    }
}

/// A database that is dropped with this value.
pub struct Database<'a> {
    server: &'a Server,
    pub name: String,
    pub url: String,
    client: Option<Client>,
}

impl Database<'_> {
    /// Runs statements.
    pub fn run(&self, sql: &str) -> Result {
        match &self.client {
            Some(client) => Ok(self.server.runtime.block_on(client.batch_execute(sql))?),
            None => Err("the database's connection is closed".into()),
        }
    }

    /// One figure, asked for in this database.
    pub fn figure(&self, sql: &str) -> Result<f64> {
        match &self.client {
            Some(client) => figure(&self.server.runtime, client, sql),
            None => Err("the database's connection is closed".into()),
        }
    }

    /// The server that it is on.
    pub fn server(&self) -> &Server {
        self.server
    }

    /// Closes our own connection, for what must not be disturbed by it.
    pub fn leave(&mut self) {
        self.client = None;
    }

    /// A further connection, which holds the oldest snapshot until it is dropped.
    pub fn hold_snapshot(&self) -> Result<Client> {
        let client = connect(&self.server.runtime, &self.url)?;
        let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class";
        self.server.runtime.block_on(client.batch_execute(sql))?;
        Ok(client)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        self.leave();
        if let Err(error) = self
            .server
            .run(&format!("DROP DATABASE {} WITH (FORCE)", self.name))
        {
            eprintln!("database {} was not dropped: {error}", self.name);
        }
    }
}

fn connect(runtime: &Runtime, url: &str) -> Result<Client> {
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    })
}

/// Counts come as integers, ratios as floats: both are read as text.
fn figure(runtime: &Runtime, client: &Client, sql: &str) -> Result<f64> {
    let row = runtime.block_on(client.query_one(&format!("SELECT ({sql})::text"), &[]))?;
    Ok(row.get::<_, &str>(0).parse()?)
}

fn with_database(url: &str, name: &str) -> String {
    let (base, options) = url
        .split_once('?')
        .map_or((url, None), |(base, rest)| (base, Some(rest)));
    let host = base.rsplit_once('/').map_or(base, |(host, _)| host);
    match options {
        Some(options) => format!("{host}/{name}?{options}"),
        None => format!("{host}/{name}"),
    }
}

/// A server of our own, in a directory that goes with it.
struct Own {
    programs: PathBuf,
    directory: PathBuf,
}

impl Own {
    fn start() -> Result<Self> {
        let programs =
            programs().ok_or("no Postgres answers and none is installed: set TEST_POSTGRES_URL")?;
        let directory =
            std::env::temp_dir().join(format!("jobs-compare-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        if root() {
            run(Command::new("chown").arg("postgres").arg(&directory))?;
        }
        let own = Self {
            programs,
            directory,
        };
        let data = own.directory.join("data");
        run(own
            .program("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "-D"])
            .arg(&data))?;
        let options = format!(
            "-p {OWN_PORT} -c listen_addresses=127.0.0.1 -c unix_socket_directories={}",
            own.directory.display()
        );
        let log = own.directory.join("log");
        run(own
            .program("pg_ctl")
            .args(["-w", "-o", &options, "-l"])
            .arg(log)
            .arg("-D")
            .arg(&data)
            .arg("start"))?;
        Ok(own)
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        if !root() {
            return Command::new(path);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        command
    }

    fn stop(self) {
        let data = self.directory.join("data");
        if let Err(error) = run(self
            .program("pg_ctl")
            .args(["-m", "immediate", "-D"])
            .arg(data)
            .arg("stop"))
        {
            eprintln!("our Postgres server did not stop: {error}");
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn root() -> bool {
    std::fs::metadata("/proc/self")
        .is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0)
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let bins = versions.flatten().map(|version| version.path().join("bin"));
    bins.filter(|bin| Path::exists(&bin.join("initdb"))).max()
}

fn run(command: &mut Command) -> Result {
    let status = command.stdout(Stdio::null()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {status}").into())
    }
}
