//! Who is let in, and with which rights.

use std::fmt;

use axum::http::{header, request::Parts};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_core::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// What somebody may do.
///
/// ```
/// assert_ne!(jobs_web::Access::ReadOnly, jobs_web::Access::Full);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing at all.
    Denied,
    /// See everything, change nothing.
    ReadOnly,
    /// See and change everything.
    Full,
}

/// Decides who is let in; asked at every request.
///
/// A closure from `&Parts` to a future of [`Access`] is one, too.
///
/// ```
/// use axum::http::request::Parts;
/// use futures_core::future::BoxFuture;
/// use jobs_web::{Access, Authorize};
///
/// struct Sessions;
///
/// impl Authorize for Sessions {
///     fn authorize(&self, parts: &Parts) -> BoxFuture<'_, Access> {
///         let session = parts.headers.get("cookie").cloned();
///         Box::pin(async move { if session.is_some() { Access::ReadOnly } else { Access::Denied } })
///     }
/// }
/// ```
pub trait Authorize: Send + Sync + 'static {
    /// What the sender of this request may do.
    fn authorize(&self, parts: &Parts) -> BoxFuture<'_, Access>;

    /// Who it is, for the log of what was done by hand. By default the [`Actor`] that the application put into the
    /// request's extensions.
    fn actor(&self, parts: &Parts) -> Option<String> {
        parts.extensions.get::<Actor>().map(|actor| actor.0.clone())
    }

    /// The value of `WWW-Authenticate` with which a denied request is answered (status 401); without one it is
    /// answered with status 403.
    fn challenge(&self) -> Option<&'static str> {
        None
    }
}

impl<F, Fut> Authorize for F
where
    F: Fn(&Parts) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Access> + Send + 'static,
{
    fn authorize(&self, parts: &Parts) -> BoxFuture<'_, Access> {
        Box::pin(self(parts))
    }
}

/// Who sends a request: an application's own middleware puts it into the request's extensions, and the log of what
/// was done by hand shows it.
///
/// ```
/// # fn doc(request: &mut axum::extract::Request) {
/// request.extensions_mut().insert(jobs_web::Actor("ann@example.com".to_owned()));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor(pub String);

/// Names and passwords by HTTP basic authentication, compared in constant time.
///
/// ```
/// # async fn doc(jobs: jobs::Jobs) -> axum::Router {
/// let people = jobs_web::BasicAuth::new("ops", "a long password").read_only("guest", "another one");
/// jobs_web::dashboard(jobs).authorize(people)
/// # }
/// ```
#[derive(Clone)]
pub struct BasicAuth(Vec<Person>);

#[derive(Clone)]
struct Person {
    credentials: [u8; 32],
    access: Access,
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BasicAuth({} people)", self.0.len())
    }
}

impl BasicAuth {
    /// Nobody, for now: who may look is added with [`read_only`](Self::read_only).
    ///
    /// ```
    /// let people = jobs_web::BasicAuth::nobody().read_only("tv", "a long password");
    /// # drop(people);
    /// ```
    #[must_use]
    pub fn nobody() -> Self {
        Self(Vec::new())
    }

    /// One who may do everything. With an empty password this one is not let in.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::nobody().with(&user.into(), &password.into(), Access::Full)
    }

    /// One more, who may see everything and change nothing.
    #[must_use]
    pub fn read_only(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.with(&user.into(), &password.into(), Access::ReadOnly)
    }

    fn with(mut self, user: &str, password: &str, access: Access) -> Self {
        if password.is_empty() {
            tracing::error!(
                user,
                "the dashboard's password is empty: this user is not let in"
            );
        } else {
            let credentials = digest(&format!("{user}:{password}"));
            self.0.push(Person {
                credentials,
                access,
            });
        }
        self
    }

    fn access(&self, given: Option<&str>) -> Access {
        let given = digest(given.unwrap_or_default());
        let mut access = Access::Denied;
        for person in &self.0 {
            // Digests are compared, so that not even a length shows in the time that it takes.
            let same: Choice = person.credentials.ct_eq(&given);
            if bool::from(same) {
                access = person.access;
            }
        }
        access
    }
}

impl Authorize for BasicAuth {
    fn authorize(&self, parts: &Parts) -> BoxFuture<'_, Access> {
        let access = self.access(credentials(parts).as_deref());
        Box::pin(std::future::ready(access))
    }

    fn actor(&self, parts: &Parts) -> Option<String> {
        let credentials = credentials(parts)?;
        let (user, _) = credentials.split_once(':')?;
        Some(user.to_owned())
    }

    fn challenge(&self) -> Option<&'static str> {
        Some(r#"Basic realm="jobs", charset="UTF-8""#)
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// `name:password` of a request.
fn credentials(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_name_and_password_are_let_in() {
        let people = BasicAuth::new("ops", "pa:ss").read_only("guest", "look");
        assert_eq!(people.access(Some("ops:pa:ss")), Access::Full);
        assert_eq!(people.access(Some("guest:look")), Access::ReadOnly);
        for wrong in ["ops:pa", "ops:", "ops", "", ":", "guest:pa:ss", "OPS:pa:ss"] {
            assert_eq!(people.access(Some(wrong)), Access::Denied, "{wrong}");
        }
        assert_eq!(people.access(None), Access::Denied);
        let nobody = BasicAuth::new("ops", "");
        assert_eq!(nobody.access(Some("ops:")), Access::Denied);
        assert_eq!(nobody.access(None), Access::Denied);
    }
}
