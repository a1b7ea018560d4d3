//! Bulk actions that take longer than a request: they go on by themselves, and a page shows how far they are.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jobs::inspect::{Action, Inspector, Report, Target};
use tokio::sync::watch;
use uuid::Uuid;

/// A request waits for so long for the end.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// So many of the last ones are remembered.
const KEPT: usize = 50;

/// How far one is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) report: Report,
    /// It is over, well or with this error.
    pub(crate) ended: Option<Result<(), String>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: Uuid,
    pub(crate) action: Action,
    progress: watch::Receiver<Progress>,
}

impl Run {
    pub(crate) fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// How far it is at its end, or when a request must be answered.
    pub(crate) async fn wait(&mut self) -> Progress {
        let ended = self.progress.wait_for(|progress| progress.ended.is_some());
        let _ = tokio::time::timeout(PATIENCE, ended).await;
        self.progress()
    }
}

/// Those of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<VecDeque<Run>>>);

impl Runs {
    pub(crate) fn start(&self, inspector: Inspector, action: Action, target: Target) -> Run {
        let (sender, progress) = watch::channel(Progress::default());
        let run = Run {
            id: Uuid::new_v4(),
            action,
            progress,
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(run.clone());
        if kept.len() > KEPT {
            kept.pop_front();
        }
        drop(kept);
        tokio::spawn(async move {
            let told = sender.clone();
            let ended = inspector
                .bulk(action, target, move |report| {
                    told.send_modify(|progress| progress.report = report)
                })
                .await;
            sender.send_modify(|progress| match ended {
                Ok(report) => {
                    *progress = Progress {
                        report,
                        ended: Some(Ok(())),
                    }
                }
                Err(error) => progress.ended = Some(Err(error.to_string())),
            });
        });
        run
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<Run> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|run| run.id == id).cloned()
    }
}
