//! A contender's process: started, listened to, and ended by its own id whatever happens.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use drive::{Event, Result, Task};

/// One running driver.
pub struct Driver {
    child: Child,
    input: Option<ChildStdin>,
    events: Receiver<Event>,
    until: Instant,
}

impl Driver {
    /// Starts `program URL TASK`; what it has not done after `limit` is an error.
    pub fn start(program: &[String], url: &str, task: &Task, limit: Duration) -> Result<Self> {
        let (first, rest) = program.split_first().ok_or("no program")?;
        let mut child = Command::new(first)
            .args(rest)
            .args([url, &serde_json::to_string(task)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{first} does not start: {error}"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (said, events) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output?).lines();
            for line in lines.map_while(Result::ok) {
                match serde_json::from_str(&line) {
                    Ok(event) => said.send(event).ok()?,
                    // Libraries may print too.
                    Err(_) => eprintln!("      {line}"),
                }
            }
            Some(())
        });
        Ok(Self {
            child,
            input,
            events,
            until: Instant::now() + limit,
        })
    }

    /// The next event for which `pick` has something.
    pub fn wait<T>(&mut self, what: &str, pick: impl Fn(Event) -> Option<T>) -> Result<T> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(Event::Failed { why }) => return Err(why.into()),
                Ok(event) => {
                    if let Some(picked) = pick(event) {
                        return Ok(picked);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!("{what}: it took too long").into());
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(format!("{what}: the process ended, {}", self.child.wait()?).into());
                }
            }
        }
    }

    /// Seconds of the timed part, for tasks that end by themselves.
    pub fn done(&mut self) -> Result<(u64, f64)> {
        self.wait("done", |event| match event {
            Event::Done { count, seconds } => Some((count, seconds)),
            _ => None,
        })
    }

    /// Lets a worker stop in good order.
    pub fn stop(&mut self) {
        self.input = None;
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Seconds of CPU that the process has used.
    pub fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()))?;
        // The name, in parentheses, may hold anything; user and system time are fields 14 and 15.
        let after = stat.rsplit_once(')').ok_or("no such process")?.1;
        let ticks: f64 = after
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|t| t.parse::<f64>().ok())
            .sum();
        Ok(ticks / 100.0)
    }

    /// Bytes that the process has had written to disk.
    pub fn written(&self) -> Result<f64> {
        let io = std::fs::read_to_string(format!("/proc/{}/io", self.pid()))?;
        let bytes = io
            .lines()
            .find_map(|line| line.strip_prefix("write_bytes: "));
        Ok(bytes.ok_or("the system does not count writes")?.parse()?)
    }

    /// Waits for the process to end.
    pub fn end(mut self) -> Result {
        self.stop();
        while self.until > Instant::now() {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("the process did not end".into())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
