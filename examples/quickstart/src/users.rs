//! The users, as the application's own data; jobs carry only their ids.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context as _;
use serde::Deserialize;

/// One line of the CSV file.
#[derive(Debug, Deserialize)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub email: String,
}

/// All users, by id.
#[derive(Debug, Clone)]
pub struct Users(Arc<BTreeMap<i64, User>>);

impl Users {
    pub fn read(csv: &str) -> anyhow::Result<Self> {
        let users: Result<Vec<User>, _> = csv::Reader::from_reader(csv.as_bytes())
            .deserialize()
            .collect();
        let users = users.context("users.csv cannot be read")?;
        Ok(Self(Arc::new(
            users.into_iter().map(|user| (user.id, user)).collect(),
        )))
    }

    pub fn find(&self, id: i64) -> Option<&User> {
        self.0.get(&id)
    }

    pub fn ids(&self) -> Vec<i64> {
        self.0.keys().copied().collect()
    }
}
