//! The style and the script, built in. Their names hold their digest, so that browsers keep them for ever.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest as _, Sha256};

use crate::failure::{Answer, Failure};

pub(crate) struct Asset {
    pub(crate) name: String,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, end: &str, kind: &'static str, text: &'static str) -> Self {
        let digest = Sha256::digest(text);
        let digest: String = digest
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            name: format!("{stem}-{digest}.{end}"),
            kind,
            text,
        }
    }
}

pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "style",
        "css",
        "text/css; charset=utf-8",
        include_str!("../assets/style.css"),
    )
});
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "script",
        "js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/script.js"),
    )
});
pub(crate) static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "icon",
        "svg",
        "image/svg+xml",
        include_str!("../assets/icon.svg"),
    )
});

pub(crate) async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let all = [&*STYLE, &*SCRIPT, &*ICON];
    let Some(asset) = all.into_iter().find(|asset| asset.name == name) else {
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "Not found",
            "there is no such file",
        ));
    };
    let tag = format!("\"{}\"", asset.name);
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let cache = "private, max-age=31536000, immutable".to_owned();
    let headers = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_TYPE, asset.kind.to_owned()),
    ];
    let response: Response = if known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, asset.text).into_response()
    };
    Ok(response)
}
