//! What became of the jobs, as a table, and where to look further.

use std::{collections::BTreeMap, io::Write as _, path::Path};

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use jobs::{JobHandle, JobRecord, Jobs};

use crate::{tasks::SendWelcomeEmail, users::Users};

pub async fn print(
    jobs: &Jobs,
    handles: &[JobHandle<()>],
    users: &Users,
    out: &Path,
) -> anyhow::Result<()> {
    let mut records = Vec::new();
    for handle in handles {
        records.extend(jobs.get(handle.id()).await?);
    }
    let mut text = format!("{}\n", table(&records, users));

    for letter in jobs
        .dead_letters()
        .of::<SendWelcomeEmail>()
        .unresolved()
        .list()
        .await?
    {
        text += &format!(
            "\ndead letter {}: {} {} after {} attempts: {}\n",
            letter.id,
            letter.name,
            letter.args,
            letter.attempts.len(),
            letter.error.message(),
        );
        text += "  retry it:   letter.retry().await?, or all: jobs.dead_letters().unresolved().retry_all().await?\n";
    }
    let mails = std::fs::read_dir(out.join("mail"))?.count();
    text += &format!(
        "\nmails:        {} ({mails} files)\n",
        out.join("mail").display()
    );
    text += &format!("database:     {}\n", out.join("jobs.db").display());
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// One line for each end and number of attempts.
fn table(records: &[JobRecord], users: &Users) -> Table {
    let mut groups: BTreeMap<(String, usize), Vec<&JobRecord>> = BTreeMap::new();
    for record in records {
        let key = (record.state.to_string(), record.attempts.len());
        groups.entry(key).or_default().push(record);
    }
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(["state", "attempts", "jobs", "for example", "last error"]);
    for ((state, attempts), records) in groups.iter().rev() {
        let last_error = records[0]
            .attempts
            .iter()
            .rev()
            .find_map(|a| a.error.as_ref());
        table.add_row([
            state.clone(),
            attempts.to_string(),
            records.len().to_string(),
            example(records[0], users),
            last_error
                .map(|e| e.message().to_owned())
                .unwrap_or_default(),
        ]);
    }
    table
}

fn example(record: &JobRecord, users: &Users) -> String {
    let id = record.args["user_id"].as_i64();
    let user = id.and_then(|id| users.find(id));
    user.map(|user| user.email.clone()).unwrap_or_default()
}
