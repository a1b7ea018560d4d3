//! What is sent. Each answers with the page to look at next.

use axum::{
    Form,
    extract::{Multipart, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::Failed;
use crate::{import, mail, payments, reports, store::Store};

type Answer = Result<Response, Failed>;

fn then(path: &str) -> Answer {
    Ok(Redirect::to(path).into_response())
}

#[derive(Deserialize)]
pub(super) struct SignUp {
    email: String,
}

pub(super) async fn sign_up(State(store): State<Store>, Form(form): Form<SignUp>) -> Answer {
    if !form.email.contains('@') || form.email.contains(['\r', '\n']) {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, "this is no mail address").into_response());
    }
    mail::sign_up(&store, &form.email).await?;
    then("/orders")
}

#[derive(Deserialize)]
pub(super) struct Order {
    item: String,
    card: String,
    count: u32,
}

pub(super) async fn order(State(store): State<Store>, Form(form): Form<Order>) -> Answer {
    for _ in 0..form.count.min(100) {
        payments::order(&store, &form.item, 350, &form.card).await?;
    }
    then("/orders")
}

pub(super) async fn upload(State(store): State<Store>, mut form: Multipart) -> Answer {
    while let Some(field) = form.next_field().await? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or("file.csv").to_owned();
            import::upload(&store, &name, &field.text().await?).await?;
        }
    }
    then("/imports")
}

pub(super) async fn report(State(store): State<Store>) -> Answer {
    reports::request(&store, &chrono::Utc::now().date_naive().to_string()).await?;
    then("/reports")
}

#[derive(Deserialize)]
pub(super) struct Retry {
    id: String,
}

pub(super) async fn retry(State(store): State<Store>, Form(form): Form<Retry>) -> Answer {
    for letter in store.jobs().dead_letters().unresolved().list().await? {
        if letter.id.to_string() == form.id {
            letter.retry().await?;
        }
    }
    then("/dead")
}
