//! The pages: rendered here, and of use without JavaScript.

mod forms;
mod layout;
mod pages;

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use crate::store::Store;

/// All pages, and the dashboard behind its password.
pub fn router(store: Store, password: &str) -> Router {
    let dashboard = jobs_web::dashboard(store.jobs().clone()).basic_auth("ops", password);
    Router::new()
        .route("/", get(pages::front))
        .route("/orders", get(pages::orders))
        .route("/imports", get(pages::imports).post(forms::upload))
        .route("/reports", get(pages::reports).post(forms::report))
        .route("/dead", get(pages::dead))
        .route("/dead/retry", post(forms::retry))
        .route("/sign-up", post(forms::sign_up))
        .route("/order", post(forms::order))
        .route("/style.css", get(style))
        .with_state(store)
        .nest("/admin/jobs", dashboard)
}

async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css")],
        include_str!("../../assets/style.css"),
    )
}

/// What went wrong in a handler.
struct Failed(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        if let Some(bad) = self.0.downcast_ref::<crate::import::BadFile>() {
            let page = layout::page("Not imported", false, &maud::html! { p.bad { (bad) } });
            return (StatusCode::UNPROCESSABLE_ENTITY, page).into_response();
        }
        tracing::error!(error = ?self.0, "a page failed");
        let page = layout::page(
            "Out of order",
            false,
            &maud::html! { p { "Please try again." } },
        );
        (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
    }
}
