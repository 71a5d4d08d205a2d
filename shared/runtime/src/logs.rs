//! The log: one JSON object per line on the standard output, as `CloudWatch` wants it.
//!
//! A message says in a sentence what happened, its fields make it searchable. Texts, numbers, names, tokens and bodies
//! are never logged; the types that hold them have a `Debug` that hides them.

use lambda_runtime::tracing::subscriber as tracing_subscriber;
use std::panic::PanicHookInfo;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The crates whose log follows the level that is asked for. All others stay at `INFO`: below it, the AWS SDK and the
/// HTTP clients write down whole requests, with everything that must not be in a log.
pub const OWN_CRATES: &[&str] = &[
    "access",
    "accounts",
    "app",
    "assign",
    "audit",
    "carriers",
    "contacts",
    "conversations",
    "credits",
    "deliver",
    "dispatch",
    "domain",
    "gateways",
    "http_api",
    "inbound",
    "ingest",
    "jobs",
    "keywords",
    "live",
    "mail",
    "mails",
    "media",
    "notifications",
    "openapi",
    "project",
    "runtime",
    "scheduled",
    "search",
    "security",
    "send",
    "sessions",
    "statistics",
    "status",
    "storage",
    "sweep",
    "tags",
    "templates",
    "unsnooze",
    "users",
    "views",
    "work",
    "worker",
];

/// Starts the log at `level`, one of `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` (Lambda's `FATAL` counts as `ERROR`);
/// `INFO` if it is none of these. Panics are logged with their place but without their message, which may quote data.
///
/// Calling it again does nothing.
pub fn init_logs(level: Option<&str>) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_filter(filter(level));
    if tracing_subscriber::registry().with(lines).try_init().is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

fn filter(level: Option<&str>) -> Targets {
    let level = match level.map(str::trim).filter(|level| !level.is_empty()) {
        Some(level) if level.eq_ignore_ascii_case("fatal") => LevelFilter::ERROR,
        Some(level) => level.parse().unwrap_or(LevelFilter::INFO),
        None => LevelFilter::INFO,
    };
    Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_targets(OWN_CRATES.iter().map(|name| (*name, level)))
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let (file, line) = panic.location().map_or(("unknown", 0), |place| (place.file(), place.line()));
    tracing::error!(file, line, "a panic");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tracing::Level;

    #[test]
    fn the_level_asked_for_concerns_our_own_crates_only() {
        let debug = filter(Some("debug"));
        assert!(debug.would_enable("storage", &Level::DEBUG));
        assert!(!debug.would_enable("aws_smithy_runtime", &Level::DEBUG));
        assert!(debug.would_enable("lambda_runtime", &Level::INFO));
    }

    #[test]
    fn the_level_is_info_unless_it_is_understood() {
        for unset in [None, Some(""), Some("loud")] {
            assert!(filter(unset).would_enable("app", &Level::INFO), "{unset:?}");
            assert!(!filter(unset).would_enable("app", &Level::DEBUG), "{unset:?}");
        }
        assert!(!filter(Some("FATAL")).would_enable("app", &Level::WARN));
        assert!(!filter(Some("ERROR")).would_enable("aws_smithy_runtime", &Level::INFO));
    }

    /// A crate that is missing from the list could not be debugged.
    #[test]
    fn every_crate_that_runs_in_lambda_is_listed() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let folders =
            ["shared", "functions"].map(|folder| std::fs::read_dir(format!("{root}/{folder}")).unwrap());
        let mut crates: BTreeSet<String> = folders
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        for development_only in ["engines", "testkit"] {
            crates.remove(development_only);
        }
        crates.remove("http");
        crates.insert("http_api".to_owned());
        assert_eq!(crates.iter().map(String::as_str).collect::<Vec<_>>(), OWN_CRATES);
    }
}
