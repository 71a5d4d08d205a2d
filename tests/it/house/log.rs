//! What the product writes into its log while a test runs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Collects the log of this thread, until it is dropped: everything that our own crates say, and what the product's
/// own log would show of others.
pub(crate) struct Log {
    lines: Buffer,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Buffer {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    pub(crate) fn collect() -> Self {
        let own = runtime::OWN_CRATES.iter().map(|name| (*name, LevelFilter::TRACE));
        let filter = Targets::new().with_default(LevelFilter::INFO).with_targets(own);
        let lines = Buffer::default();
        let layer = tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_span_list(true)
            .with_writer(lines.clone())
            .with_filter(filter);
        Self { lines, _guard: tracing_subscriber::registry().with(layer).set_default() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }

    /// How often something was counted: each line with this metric.
    pub(crate) fn counted(&self, metric: &str) -> usize {
        let field = format!("\"metric\":\"{metric}\"");
        self.text().lines().filter(|line| line.contains(&field)).count()
    }
}
