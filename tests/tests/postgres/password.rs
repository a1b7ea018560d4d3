//! A server that asks for passwords: one of the test's own, for the usual one trusts everybody.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

/// The folder of the newest server's programs, if one is installed.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<_> = versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

const PASSWORD: &str = "s3cret/p@ss word";
const ESCAPED: &str = "s3cret%2Fp%40ss%20word";

struct Server {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(programs: &Path) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::TempDir::new().unwrap();
        // The server refuses to run as root.
        let root = rustix::process::geteuid().is_root();
        let command = |program: &str| {
            let program = programs.join(program);
            if root {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            } else {
                Command::new(program)
            }
        };
        if root {
            let chown = Command::new("chown")
                .arg("postgres")
                .arg(folder.path())
                .status();
            assert!(chown.unwrap().success());
        }
        let (data, word) = (folder.path().join("data"), folder.path().join("password"));
        std::fs::write(&word, PASSWORD).unwrap();
        std::fs::set_permissions(&word, std::fs::Permissions::from_mode(0o644)).unwrap();
        let made = command("initdb")
            .args([
                "-U",
                "owner",
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--no-sync",
                "--pwfile",
            ])
            .arg(&word)
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let process = command("postgres")
            .arg("-D")
            .arg(&data)
            .args([
                "-p",
                &port.to_string(),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "fsync=off",
            ])
            .arg("-k")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            process,
            port,
            _folder: folder,
        }
    }

    fn url(&self, credentials: &str) -> String {
        format!("postgres://{credentials}@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A `runuser` hands SIGTERM on; for the server that means: when all have gone. SIGINT it would keep.
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().ok();
        self.process.wait().ok();
    }
}

pub(crate) async fn initdb_a_wrong_password_is_typed_and_shown_nowhere() {
    let Some(programs) = programs() else { return };
    let server = Server::start(&programs).await;
    let right = server.url(&format!("owner:{ESCAPED}"));
    let shows_nothing = |what: String| {
        for secret in [PASSWORD, ESCAPED, "s3cret", "mistaken"] {
            assert!(!what.contains(secret), "{what}");
        }
    };
    let builder = jobs::Jobs::builder(&right).listen_url(&right);
    shows_nothing(format!("{builder:?}"));
    let patience = Instant::now();
    let handle = loop {
        match jobs::Jobs::builder(&right)
            .listen_url(&right)
            .connect()
            .await
        {
            Ok(handle) => break handle,
            // It is starting.
            Err(error @ Error::Unreachable { .. }) => {
                shows_nothing(format!("{error} {error:?}"));
                assert!(patience.elapsed() < Duration::from_secs(15), "{error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{error}"),
        }
    };
    shows_nothing(format!("{handle:?} {:?}", handle.worker()));
    let pool = PgPool::connect(&right).await.unwrap();
    shows_nothing(format!("{:?}", jobs::Jobs::with_pool(pool.clone())));
    for credentials in ["owner:mistaken", "nobody:mistaken", "owner"] {
        let error = jobs::Jobs::connect(&server.url(credentials))
            .await
            .unwrap_err();
        let user = credentials.split(':').next().unwrap();
        assert!(
            matches!(&error, Error::AccessDenied { user: refused, .. } if refused == user),
            "{credentials}: {error:?}"
        );
        assert!(
            error.to_string().contains("check user name and password"),
            "{error}"
        );
        assert!(!error.is_transient());
        shows_nothing(format!("{error} {error:?}"));
    }
    let listening = jobs::Jobs::builder(&right).listen_url(&server.url("owner:mistaken"));
    let error = listening.connect().await.unwrap_err();
    assert!(matches!(error, Error::AccessDenied { .. }), "{error:?}");
    shows_nothing(format!("{error} {error:?}"));
    // A role that may only read.
    let reader = "CREATE ROLE reader LOGIN PASSWORD 'mistaken'; ALTER ROLE reader SET default_transaction_read_only = on";
    sqlx::raw_sql(reader).execute(&pool).await.unwrap();
    let error = jobs::Jobs::builder(&server.url("reader:mistaken"))
        .schema("another")
        .connect()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
    assert!(error.to_string().contains("the role's rights"), "{error}");
    shows_nothing(format!("{error} {error:?}"));
    pool.close().await;
    handle.close().await;
}
