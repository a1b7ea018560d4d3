//! Through a PgBouncer in transaction mode.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

/// A PgBouncer of the test's own, with next to nothing configured.
pub(crate) struct PgBouncer {
    pub(crate) process: Child,
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
}

impl PgBouncer {
    pub(crate) async fn start(settings: &str) -> Option<Self> {
        let program = Path::new(PGBOUNCER);
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = std::env::temp_dir().join(format!("jobs-pgbouncer-{port}"));
        std::fs::create_dir_all(&folder).unwrap();
        let (ini, users) = (folder.join("pgbouncer.ini"), folder.join("users.txt"));
        std::fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        std::fs::write(
            &ini,
            format!(
                "[databases]\n* = host=127.0.0.1 port=5432\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 4\n{settings}\n",
                users.display()
            ),
        )
        .unwrap();
        // It refuses to run as root.
        let root = std::fs::metadata("/proc/self").is_ok_and(|me| {
            use std::os::unix::fs::MetadataExt;
            me.uid() == 0
        });
        let mut command = if root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let process = command
            .arg(&ini)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bouncer = Self {
            process,
            port,
            folder,
        };
        let patience = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                patience.elapsed() < Duration::from_secs(10),
                "pgbouncer did not start"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(bouncer)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // A `runuser` hands SIGTERM on to its child; SIGKILL it could not.
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().ok();
        self.process.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

pub(crate) async fn jobs_live_behind_a_pgbouncer_with_its_default_settings() {
    in_schema(|scope| async move {
        let Some(bouncer) = PgBouncer::start("").await else {
            return;
        };
        let storage = PostgresStorage::connect(&bouncer.url(), scope.options())
            .await
            .unwrap();
        assert!(
            format!("{storage:?}").contains("pooled: true"),
            "{storage:?}"
        );
        assert_eq!(storage.idle_poll(), Duration::from_secs(2));
        // Clients that come and go, so that servers change hands.
        let others: Vec<_> = (0..4)
            .map(|_| {
                let url = bouncer.url();
                tokio::spawn(async move {
                    for _ in 0..100 {
                        let mut other = PgConnection::connect_with(
                            &url.parse::<sqlx::postgres::PgConnectOptions>()
                                .unwrap()
                                .extra_float_digits(None)
                                .statement_cache_capacity(0),
                        )
                        .await
                        .unwrap();
                        let mut transaction = other.begin().await.unwrap();
                        sqlx::query("SELECT pg_sleep(0.003)")
                            .persistent(false)
                            .execute(&mut *transaction)
                            .await
                            .unwrap();
                        transaction.commit().await.unwrap();
                    }
                })
            })
            .collect();
        let second = PostgresStorage::connect(&bouncer.url(), scope.options())
            .await
            .unwrap();
        let kind = kind(&second).await;
        for _ in 0..100 {
            let mut new = job(kind);
            new.queue = "other".into();
            second.insert(vec![new], None).await.unwrap();
        }
        lives(&storage).await;
        for other in others {
            other.await.unwrap();
        }
        second.close().await;

        // With a direct connection beside it, wake-ups come.
        let options = StorageOptions {
            listen_url: Some(url()),
            ..scope.options()
        };
        let hearing = PostgresStorage::connect(&bouncer.url(), options)
            .await
            .unwrap();
        hears(&scope, &hearing).await;
        // A listen_url that is pooled too is found out.
        let options = StorageOptions {
            listen_url: Some(bouncer.url()),
            ..scope.options()
        };
        let deaf = PostgresStorage::connect(&bouncer.url(), options)
            .await
            .unwrap();
        assert_eq!(deaf.idle_poll(), Duration::from_secs(2));
        let mut wakes = deaf.wakeups();
        assert!(
            tokio::time::timeout(Duration::from_millis(100), wakes.next())
                .await
                .is_err(),
            "nothing is heard, and the stream has not ended"
        );
        deaf.close().await;
        assert_eq!(wakes.next().await, None);
        hearing.close().await;
    })
    .await;
}

pub(crate) async fn a_pgbouncer_that_ignores_our_mark_is_found_out_too() {
    in_schema(|scope| async move {
        let settings = "ignore_startup_parameters = options, extra_float_digits";
        let Some(bouncer) = PgBouncer::start(settings).await else {
            return;
        };
        let connecting: Vec<_> = (0..8)
            .map(|_| {
                let (url, options) = (bouncer.url(), scope.options());
                tokio::spawn(async move { PostgresStorage::connect(&url, options).await })
            })
            .collect();
        for storage in connecting {
            let storage = storage.await.unwrap().unwrap();
            assert!(
                format!("{storage:?}").contains("pooled: true"),
                "{storage:?}"
            );
            storage.close().await;
        }
        // The user may know better.
        let options = StorageOptions {
            pgbouncer: Some(true),
            ..scope.options()
        };
        let storage = PostgresStorage::connect(&url(), options).await.unwrap();
        assert!(
            format!("{storage:?}").contains("pooled: true"),
            "{storage:?}"
        );
        lives(&storage).await;
    })
    .await;
}
