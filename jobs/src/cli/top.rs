//! A live view of what goes on.

use std::{
    io::IsTerminal as _,
    time::{Duration, Instant},
};

use ratatui::{
    Frame,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    layout::{Constraint, Layout, Rect},
    style::{Style, Stylize as _},
    text::Line,
    widgets::{Block, Paragraph, Row, Sparkline, Table},
};

use super::{
    Context, Ended, Trouble,
    text::{safe, span},
    work::how,
};
use crate::{
    inspect::{Bucket, Overview, WorkerView},
    record::JobRecord,
};

/// Keys are looked for so often.
const KEYS: Duration = Duration::from_millis(50);

struct Seen {
    overview: Overview,
    workers: Vec<WorkerView>,
    running: Vec<JobRecord>,
}

async fn look(context: &Context) -> crate::Result<Seen> {
    Ok(Seen {
        overview: context.inspector.overview().await?,
        workers: context.inspector.workers().await?,
        running: context.inspector.running(100).await?,
    })
}

pub(super) async fn run(context: &Context, every: f64) -> Ended {
    if context.output.is_json() || !std::io::stdout().is_terminal() {
        return Err(Trouble::Usage(
            "`top` needs a terminal: use `jobs status --json` instead".into(),
        ));
    }
    let every = Duration::from_secs_f64(every);
    let mut seen = look(context).await?;
    let mut trouble: Option<String> = None;
    let mut terminal = ratatui::try_init()?;
    let ended = async {
        let mut next = Instant::now() + every;
        loop {
            terminal.draw(|frame| draw(frame, &seen, trouble.as_deref()))?;
            while Instant::now() < next {
                if event::poll(Duration::ZERO)? {
                    match event::read()? {
                        Event::Key(key) if key.kind == KeyEventKind::Press => {
                            let stop = key.code == KeyCode::Char('c')
                                && key.modifiers.contains(KeyModifiers::CONTROL);
                            if stop || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
                                return Ok::<(), std::io::Error>(());
                            }
                        }
                        Event::Resize(..) => break,
                        _ => {}
                    }
                }
                tokio::time::sleep(KEYS).await;
            }
            if Instant::now() >= next {
                // A database that is away for a while comes back, most often.
                match look(context).await {
                    Ok(now) => (seen, trouble) = (now, None),
                    Err(error) => trouble = Some(error.to_string()),
                }
                next = Instant::now() + every;
            }
        }
    }
    .await;
    ratatui::restore();
    Ok(ended?)
}

fn draw(frame: &mut Frame<'_>, seen: &Seen, trouble: Option<&str>) {
    let [head, chart, queues, workers, running, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(5),
        Constraint::Fill(2),
        Constraint::Fill(1),
        Constraint::Fill(2),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let states = &seen.overview.states;
    let counts: Vec<_> = states
        .iter()
        .map(|(state, count)| format!("{state} {count}"))
        .collect();
    let last = |of: fn(&Bucket) -> u64| {
        let full = seen.overview.minutes.iter().rev().nth(1);
        full.map_or(0, of)
    };
    let pace = format!(
        "last minute: {} ended well, {} failed · {} workers, {} slots, {} lost",
        last(|minute| minute.succeeded),
        last(|minute| minute.failed),
        seen.overview.workers,
        seen.overview.slots,
        seen.overview.lost
    );
    let lines = vec![Line::from(counts.join(" · ")).bold(), Line::from(pace)];
    frame.render_widget(Paragraph::new(lines), head);
    minutes(frame, seen, chart);
    queue_table(frame, seen, queues);
    worker_table(frame, seen, workers);
    running_table(frame, seen, running);
    let foot_line = match trouble {
        Some(trouble) => Line::from(safe(trouble)).red(),
        None => Line::from("q leaves").dim(),
    };
    frame.render_widget(foot_line, foot);
}

fn minutes(frame: &mut Frame<'_>, seen: &Seen, area: Rect) {
    let data: Vec<u64> = seen
        .overview
        .minutes
        .iter()
        .map(|minute| minute.succeeded + minute.failed)
        .collect();
    let chart = Sparkline::default()
        .data(&data)
        .block(Block::bordered().title(" executions per minute, last hour "));
    frame.render_widget(chart, area);
}

fn grid<const N: usize>(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &'static str,
    head: [&'static str; N],
    widths: [Constraint; N],
    rows: Vec<Row<'_>>,
) {
    let table = Table::new(rows, widths)
        .header(Row::new(head).style(Style::new().bold()))
        .block(Block::bordered().title(title));
    frame.render_widget(table, area);
}

fn queue_table(frame: &mut Frame<'_>, seen: &Seen, area: Rect) {
    let rows = seen.overview.queues.iter().map(|queue| {
        let row = Row::new([
            safe(&queue.name),
            queue.ready.to_string(),
            queue.running.to_string(),
            queue.scheduled.to_string(),
            queue.blocked.to_string(),
            span(queue.latency),
            if queue.paused { "paused" } else { "" }.to_owned(),
        ]);
        if queue.paused { row.yellow() } else { row }
    });
    grid(
        frame,
        area,
        " queues ",
        [
            "queue",
            "ready",
            "running",
            "scheduled",
            "blocked",
            "latency",
            "",
        ],
        [
            Constraint::Fill(2),
            Constraint::Length(8),
            Constraint::Length(8),
            Constraint::Length(9),
            Constraint::Length(8),
            Constraint::Length(14),
            Constraint::Length(6),
        ],
        rows.collect(),
    );
}

fn worker_table(frame: &mut Frame<'_>, seen: &Seen, area: Rect) {
    let rows = seen.workers.iter().map(|worker| {
        let runs = seen.running.iter().filter(|job| {
            let last = job.attempts.last();
            last.is_some_and(|attempt| attempt.worker == worker.id)
        });
        let memory = worker.memory.map(|bytes| format!("{} MiB", bytes >> 20));
        let row = Row::new([
            safe(&worker.host),
            worker.pid.to_string(),
            how(worker),
            format!("{}/{}", runs.count(), worker.slots()),
            span(worker.age()),
            memory.unwrap_or_default(),
        ]);
        if worker.is_live() { row } else { row.red() }
    });
    grid(
        frame,
        area,
        " workers ",
        ["host", "pid", "state", "busy", "seen", "memory"],
        [
            Constraint::Fill(1),
            Constraint::Length(8),
            Constraint::Length(9),
            Constraint::Length(8),
            Constraint::Length(14),
            Constraint::Length(9),
        ],
        rows.collect(),
    );
}

fn running_table(frame: &mut Frame<'_>, seen: &Seen, area: Rect) {
    let rows = seen.running.iter().map(|job| {
        let since = job.attempts.last().map(|attempt| {
            let ran = seen.overview.now - attempt.started_at;
            span(ran.to_std().unwrap_or_default())
        });
        let said = job.progress.as_ref();
        let said = said.map(|said| format!("{}/{} {}", said.done, said.total, safe(&said.message)));
        Row::new([
            job.id.to_string(),
            safe(&job.name),
            safe(&job.queue),
            since.unwrap_or_default(),
            said.unwrap_or_default(),
        ])
    });
    grid(
        frame,
        area,
        " running ",
        ["id", "name", "queue", "for", "progress"],
        [
            Constraint::Length(36),
            Constraint::Fill(1),
            Constraint::Length(12),
            Constraint::Length(14),
            Constraint::Fill(1),
        ],
        rows.collect(),
    );
}
