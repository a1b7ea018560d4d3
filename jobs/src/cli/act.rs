//! What is done to jobs and queues.

use serde_json::{Value, json};

use super::{
    Context, Ended, Trouble,
    args::{Enqueue, Which},
    show::not_found,
    text::safe,
};
use crate::{
    inspect::{Action, Answer, NewByName, Target},
    record::JobId,
};

fn parsed(args: &str) -> Result<Value, Trouble> {
    serde_json::from_str(args)
        .map_err(|error| Trouble::Usage(format!("the arguments are no JSON: {error}")))
}

pub(super) fn said(context: &Context, value: &Value, words: &str) -> Ended {
    context
        .output
        .either(value, || format!("{}\n", safe(words)))
}

/// What came of an action on one job.
fn answered(context: &Context, id: JobId, answer: Answer) -> Ended {
    match answer {
        Answer::Done => said(
            context,
            &json!({ "id": id, "done": true }),
            &format!("{id}: done"),
        ),
        Answer::Asked => said(
            context,
            &json!({ "id": id, "asked": true }),
            &format!("{id}: it runs, and was asked to end"),
        ),
        Answer::NotFound => Err(not_found("job", id)),
        Answer::Refused(why) => Err(Trouble::Refused(format!("{id}: {why}"))),
    }
}

pub(super) async fn enqueue(context: &Context, new: Enqueue) -> Ended {
    let job = NewByName {
        args: parsed(&new.args)?,
        queue: new.queue,
        priority: new.priority,
        run_at: new.at,
        tags: new.tags,
        name: new.name,
    };
    let id = context.inspector.enqueue(job).await?;
    said(context, &json!({ "id": id }), &id.to_string())
}

pub(super) async fn run_again(context: &Context, id: JobId) -> Ended {
    match context.inspector.run_again(id).await? {
        Some(copy) => said(context, &json!({ "id": copy }), &copy.to_string()),
        None => Err(not_found("job", id)),
    }
}

pub(super) async fn edit(context: &Context, id: JobId, args: &str, retry: bool) -> Ended {
    let answer = context.inspector.edit(id, parsed(args)?, retry).await?;
    answered(context, id, answer)
}

/// One job, several, or all that match.
pub(super) async fn many(context: &Context, action: Action, which: Which) -> Ended {
    if let [id] = which.ids[..] {
        let inspector = &context.inspector;
        let answer = match action {
            Action::Retry => inspector.retry(id).await?,
            Action::Cancel => inspector.cancel(id).await?,
            Action::Discard => inspector.discard(id).await?,
            Action::Delete => inspector.delete(id).await?,
        };
        return answered(context, id, answer);
    }
    let (target, count) = if which.all {
        let mut filter = which.filter.filter();
        if filter.states.is_empty() {
            filter.states = action.states().to_vec();
        }
        let count = context.inspector.count(&filter, 10_000).await?;
        (Target::Matching(filter), count)
    } else {
        let count = crate::inspect::Count {
            count: which.ids.len() as u64,
            more: false,
        };
        (Target::Ids(which.ids), count)
    };
    let name = serde_json::to_value(action).unwrap_or_default();
    let name = name.as_str().unwrap_or("change").to_owned();
    sure(context, &format!("{name} {count} jobs?"))?;
    let bar = context.output.bar(count.count);
    let report = context
        .inspector
        .bulk(action, target, |report| bar.set_position(report.seen))
        .await?;
    bar.finish_and_clear();
    let more = if report.more {
        "; there are more: say it again"
    } else {
        ""
    };
    let words = format!(
        "{name}: {} done, {} refused{more}",
        report.done, report.refused
    );
    said(context, &json!(report), &words)
}

/// Asks before much is changed, if there is somebody to ask.
pub(super) fn sure(context: &Context, question: &str) -> Ended {
    if context.yes || !context.output.asks() || context.output.confirm(question)? {
        return Ok(());
    }
    Err(Trouble::Refused("nothing was changed".into()))
}

async fn known_queue(context: &Context, queue: &str) -> Ended {
    let queues = context.inspector.queues().await?;
    if queues.iter().any(|known| known.name == queue) {
        return Ok(());
    }
    Err(not_found("queue", queue))
}

pub(super) async fn pause(context: &Context, queue: &str) -> Ended {
    known_queue(context, queue).await?;
    context.inspector.pause(queue).await?;
    let value = json!({ "queue": queue, "paused": true });
    said(context, &value, &format!("{queue} is paused"))
}

pub(super) async fn resume(context: &Context, queue: &str) -> Ended {
    known_queue(context, queue).await?;
    context.inspector.resume(queue).await?;
    let value = json!({ "queue": queue, "paused": false });
    said(context, &value, &format!("{queue} goes on"))
}

pub(super) async fn clear(context: &Context, queue: &str) -> Ended {
    known_queue(context, queue).await?;
    sure(context, &format!("cancel all ready jobs of {queue}?"))?;
    let cleared = context.inspector.clear(queue).await?;
    let value = json!({ "queue": queue, "cancelled": cleared });
    said(context, &value, &format!("{cleared} jobs are cancelled"))
}
