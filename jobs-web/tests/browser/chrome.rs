//! Chromium by its driver.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use fantoccini::{
    Client, ClientBuilder, Locator, elements::Element, wd::WebDriverCompatibleCommand,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
    Phone,
}

impl Look {
    pub(crate) const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Phone => "phone",
        }
    }
}

/// The driver and the browser, where both are installed.
pub(crate) fn find() -> Option<(PathBuf, PathBuf)> {
    let on_path = |names: &[&str]| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<_> = std::env::split_paths(&path).collect();
        let all = names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        all.into_iter().find(|file| Path::is_file(file))
    };
    Some((
        on_path(&["chromedriver"])?,
        on_path(&["chromium", "chromium-browser", "google-chrome"])?,
    ))
}

/// A driver process of its own; it ends with this.
pub(crate) struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    pub(crate) fn start() -> Self {
        let (driver, _) = find().expect("a driver");
        let mut process = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("a driver");
        let mut lines = BufReader::new(process.stdout.take().expect("its words")).lines();
        let port = lines.find_map(|line| {
            let line = line.expect("a line");
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        // What it says later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            port: port.expect("a port"),
        }
    }

    pub(crate) async fn open(&self, look: Look, javascript: bool) -> Tab {
        let (_, browser) = find().expect("a browser");
        let mut options = json!({
            "binary": browser,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1280,900"],
        });
        if !javascript {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let capabilities =
            json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("an object")
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await;
        let tab = Tab {
            client: client.expect("a session"),
        };
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        tab.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        )
        .await;
        let (width, height, scale) = if look == Look::Phone {
            (390, 844, 2)
        } else {
            (1280, 1040, 1)
        };
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": look == Look::Phone });
        tab.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
        tab
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A page that is looked at.
pub(crate) struct Tab {
    pub(crate) client: Client,
}

#[derive(Debug)]
struct Post(&'static str, Value);

impl WebDriverCompatibleCommand for Post {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.0
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (axum::http::Method, Option<String>) {
        (axum::http::Method::POST, Some(self.1.to_string()))
    }
}

impl Tab {
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client
            .issue_cmd(Post("goog/cdp/execute", body))
            .await
            .expect("obeyed")
    }

    pub(crate) async fn go(&self, address: &str) {
        self.client.goto(address).await.expect("a page");
    }

    /// What the console says of errors, and forgets by this.
    pub(crate) async fn errors(&self) -> Vec<String> {
        let entries = self
            .client
            .issue_cmd(Post("se/log", json!({ "type": "browser" })))
            .await
            .expect("the log");
        let entries = entries.as_array().cloned().unwrap_or_default();
        let severe = entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING");
        severe.map(|entry| entry["message"].to_string()).collect()
    }

    /// The whole page as a picture.
    pub(crate) async fn picture(&self, name: &str) {
        let shot = self
            .devtools(
                "Page.captureScreenshot",
                json!({ "format": "png", "captureBeyondViewport": false }),
            )
            .await;
        let png = BASE64_STANDARD
            .decode(shot["data"].as_str().expect("a picture"))
            .expect("base64");
        std::fs::write(super::pictures().join(format!("{name}.png")), png).expect("written");
    }

    pub(crate) async fn find(&self, css: &str) -> Element {
        let waiting = self
            .client
            .wait()
            .at_most(Duration::from_secs(10))
            .for_element(Locator::Css(css));
        match waiting.await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.text().await),
        }
    }

    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.expect("clicked");
    }

    /// Clicks what has these very words.
    pub(crate) async fn press(&self, words: &str) {
        let path = format!(
            "//button[normalize-space()='{words}'] | //a[normalize-space()='{words}'] | //summary[normalize-space()='{words}']"
        );
        let waiting = self
            .client
            .wait()
            .at_most(Duration::from_secs(10))
            .for_element(Locator::XPath(&path));
        match waiting.await {
            Ok(element) => element.click().await.expect("clicked"),
            Err(error) => panic!("{words}: {error}\n{}", self.text().await),
        }
    }

    pub(crate) async fn text(&self) -> String {
        loop {
            let text = match self.client.find(Locator::Css("body")).await {
                Ok(body) => body.text().await,
                Err(error) => Err(error),
            };
            match text {
                Ok(text) => return text,
                // Another page is just coming.
                Err(error) if error.is_stale_element_reference() || error.is_no_such_element() => {}
                Err(error) => panic!("its text: {error}"),
            }
        }
    }

    /// Waits until the page says something.
    pub(crate) async fn says(&self, words: &str) {
        jobs_tests::place::until(words, async || self.text().await.contains(words)).await;
    }

    pub(crate) async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("run")
    }

    pub(crate) async fn close(self) {
        self.client.close().await.expect("closed");
    }
}
