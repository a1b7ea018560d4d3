//! What a failed assertion says: what was wanted, what comes closest, and what there is instead. Pure.

use chrono::{DateTime, Utc};

use super::{
    log::Entry,
    run::Execution,
    text,
    wanted::{Difference, Times, Wanted},
};

/// How many jobs are listed.
const MOST: usize = 10;

/// Of jobs that wait.
pub(super) fn enqueued<J>(
    wanted: &Wanted<'_, J>,
    written: &str,
    none: bool,
    answered: bool,
    now: DateTime<Utc>,
    waiting: &[Entry],
    judged: &[Vec<Difference>],
) -> String {
    let line = |entry: &Entry| {
        let args = serde_json::from_str(&entry.args).unwrap_or_default();
        let mut line = format!("{}, queue = {:?}", text::job(entry.job, &args), entry.queue);
        if entry.priority != 0 {
            line.push_str(&format!(", priority = {}", entry.priority));
        }
        if entry.at > now {
            line.push_str(&format!(", due {}", text::wait(entry.at - now)));
        }
        line
    };
    let lines = waiting.iter().map(line).collect();
    let mut said = report(wanted, written, none, "waiting job", lines, judged);
    if !answered {
        said.push_str("\n\n  (the database did not answer, perhaps because a transaction is still open: this is what was known before)");
    }
    said
}

/// Of jobs that ran.
pub(super) fn performed<J>(
    wanted: &Wanted<'_, J>,
    written: &str,
    none: bool,
    ran: &[Execution],
    judged: &[Vec<Difference>],
) -> String {
    let lines = ran.iter().map(ToString::to_string).collect();
    report(wanted, written, none, "execution", lines, judged)
}

fn report<J>(
    wanted: &Wanted<'_, J>,
    written: &str,
    none: bool,
    what: &str,
    lines: Vec<String>,
    judged: &[Vec<Difference>],
) -> String {
    let found = judged.iter().filter(|one| one.is_empty()).count();
    let of = match wanted.target() {
        "" => String::new(),
        target => format!(": {target}"),
    };
    let number = if none {
        format!("no {what}")
    } else {
        number(wanted.times, what)
    };
    let mut said = format!(
        "{written}\n  expected: {number}{of}\n     found: {}",
        match found {
            0 => "none".to_owned(),
            _ => found.to_string(),
        }
    );
    if found == 0
        && let Some(closest) = closest(wanted, judged)
    {
        said.push_str("\n\n  the closest differs in:");
        for (wanted, found) in closest {
            said.push_str(&format!("\n    - {wanted}\n    + {found}"));
        }
    }
    let (verb, nothing) = match what {
        "execution" => ("performed", "nothing was performed"),
        _ => ("enqueued", "nothing is enqueued"),
    };
    if lines.is_empty() {
        said.push_str(&format!("\n\n  {nothing}"));
        return said;
    }
    let instead = if found == 0 { " instead" } else { "" };
    said.push_str(&format!("\n\n  {verb}{instead}:"));
    for (line, differs) in lines.iter().zip(judged).take(MOST) {
        let mark = if differs.is_empty() { '*' } else { ' ' };
        said.push_str(&format!("\n   {mark} {line}"));
    }
    if lines.len() > MOST {
        said.push_str(&format!("\n     … and {} more", lines.len() - MOST));
    }
    said
}

/// The job of the wanted type that differs least.
fn closest<'j, J>(
    wanted: &Wanted<'_, J>,
    judged: &'j [Vec<Difference>],
) -> Option<&'j [Difference]> {
    let same_type = |one: &&Vec<Difference>| {
        let name = wanted.name().unwrap_or_default();
        !one.first().is_some_and(|(want, found)| {
            want.starts_with(name) && !found.starts_with(name) && !name.is_empty()
        })
    };
    let closest = judged
        .iter()
        .filter(same_type)
        .min_by_key(|one| one.len())?;
    Some(closest)
}

fn number(times: Times, what: &str) -> String {
    let mut parts = Vec::new();
    if let Some(exactly) = times.exactly {
        parts.push(format!("exactly {exactly}"));
    }
    if let Some(least) = times.at_least {
        parts.push(format!("at least {least}"));
    }
    if let Some(most) = times.at_most {
        parts.push(format!("at most {most}"));
    }
    if parts.is_empty() {
        parts.push("at least 1".to_owned());
    }
    let last = [times.at_most, times.at_least, times.exactly];
    let last = last.into_iter().flatten().next().unwrap_or(1);
    let noun = text::count(last, what);
    let noun = noun.split_once(' ').map_or("", |(_, noun)| noun);
    format!("{} {noun}", parts.join(" and "))
}
