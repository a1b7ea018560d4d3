//! Dead letters.

use serde_json::json;

use super::{
    Context, Ended, Trouble, act,
    args::{Dead, Letters},
    text::time,
};
use crate::{
    inspect::{Answer, Group},
    record::JobId,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Retry,
    Discard,
}

pub(super) async fn run(context: &Context, action: Option<Dead>) -> Ended {
    match action {
        None | Some(Dead::List) => list(context).await,
        Some(Dead::Retry(which)) => resolve(context, How::Retry, which).await,
        Some(Dead::Discard(which)) => resolve(context, How::Discard, which).await,
    }
}

async fn list(context: &Context) -> Ended {
    let groups = context.inspector.dead_groups().await?;
    context.output.either(&groups, || {
        let rows: Vec<_> = groups.iter().map(row).collect();
        let head = ["FINGERPRINT", "COUNT", "JOBS", "LAST", "ERROR", "MESSAGE"];
        context.output.table(&head, &rows)
    })
}

fn row(group: &Group) -> Vec<String> {
    let names: Vec<_> = group.names.iter().map(String::as_str).collect();
    vec![
        group.fingerprint.clone(),
        group.count.to_string(),
        names.join(", "),
        time(group.last_at),
        group.error_type.clone(),
        group.example.clone(),
    ]
}

async fn resolve(context: &Context, how: How, which: Letters) -> Ended {
    let inspector = &context.inspector;
    let verb = match how {
        How::Retry => "retry",
        How::Discard => "discard",
    };
    let done = if let Some(of) = which.of {
        if let Ok(id) = of.parse::<JobId>() {
            let answer = match how {
                How::Retry => inspector.retry(id).await?,
                How::Discard => inspector.discard(id).await?,
            };
            return match answer {
                Answer::Done | Answer::Asked => told(context, how, 1),
                Answer::NotFound => Err(super::show::not_found("job", id)),
                Answer::Refused(why) => Err(Trouble::Refused(why)),
            };
        }
        let groups = inspector.dead_groups().await?;
        let Some(group) = groups.iter().find(|group| group.fingerprint == of) else {
            return Err(super::show::not_found("group of dead letters", of));
        };
        act::sure(context, &format!("{verb} {} dead jobs?", group.count))?;
        match how {
            How::Retry => inspector.retry_group(&of).await?,
            How::Discard => inspector.discard_group(&of).await?,
        }
    } else {
        let what = which.error.as_ref().map_or_else(
            || "all dead jobs".to_owned(),
            |text| format!("all dead jobs whose error has {text:?}"),
        );
        act::sure(context, &format!("{verb} {what}?"))?;
        match how {
            How::Retry => inspector.retry_dead(which.error.as_deref()).await?,
            How::Discard => inspector.discard_dead(which.error.as_deref()).await?,
        }
    };
    told(context, how, done)
}

fn told(context: &Context, how: How, done: u64) -> Ended {
    let (name, words) = match how {
        How::Retry => ("retried", "are ready again"),
        How::Discard => ("discarded", "are discarded"),
    };
    act::said(
        context,
        &json!({ name: done }),
        &format!("{done} jobs {words}"),
    )
}
