//! What was measured, kept as JSON between calls.

use std::{collections::BTreeMap, path::PathBuf};

use drive::Result;
use serde::{Deserialize, Serialize};

use crate::{
    place::Backend,
    workloads::{Figures, Workload},
};

/// One contender's results in one workload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    pub workload: Workload,
    pub backend: Backend,
    pub contender: String,
    /// One for each run.
    pub samples: Vec<Figures>,
    /// Why there are none, or fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// Everything that was measured.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Samples {
    /// The machine and the versions.
    pub about: Vec<String>,
    pub quick: bool,
    pub entries: Vec<Entry>,
}

impl Samples {
    fn path() -> PathBuf {
        crate::target().join("compare.json")
    }

    /// Of earlier calls.
    pub fn load() -> Self {
        let text = std::fs::read_to_string(Self::path()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub fn save(&self) -> Result {
        std::fs::write(Self::path(), serde_json::to_string_pretty(self)?)?;
        Ok(())
    }

    /// The entry of one contender, made if it is not there.
    pub fn entry(&mut self, workload: Workload, backend: Backend, contender: &str) -> &mut Entry {
        let known = |entry: &Entry| {
            entry.workload == workload && entry.backend == backend && entry.contender == contender
        };
        let place = self.entries.iter().position(known).unwrap_or_else(|| {
            let contender = contender.to_owned();
            self.entries.push(Entry {
                workload,
                backend,
                contender,
                samples: Vec::new(),
                failed: None,
            });
            self.entries.len() - 1
        });
        &mut self.entries[place]
    }

    /// The same without making it.
    pub fn find(&self, workload: Workload, backend: Backend, contender: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| {
            entry.workload == workload && entry.backend == backend && entry.contender == contender
        })
    }
}

impl Entry {
    /// The median of each figure.
    pub fn medians(&self) -> BTreeMap<&str, f64> {
        let mut all: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for sample in &self.samples {
            for (name, value) in sample {
                all.entry(name).or_default().push(*value);
            }
        }
        all.into_iter()
            .map(|(name, values)| (name, median(values)))
            .collect()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}
