//! What was measured, what was allowed, and whether that is in order.

use std::collections::BTreeMap;
use std::process::ExitCode;

use engines::calls::{Capacity, total};

use crate::stage::Measured;

/// Where a limit comes from.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// A budget of the design. Going over it fails.
    Budget(f64),
    /// A budget of the design that is not met; the second number is what it may be instead. `docs/performance.md`
    /// explains each.
    Exceeded(f64, f64),
    /// No budget says anything: what it was when it was last looked at, so that nothing grows unseen.
    Kept(f64),
    /// A figure that depends on the machine: shown beside its budget, never fails.
    Shown(f64),
}

/// Collects and prints.
pub(crate) struct Report {
    aloud: bool,
    text: Vec<String>,
    broken: Vec<String>,
    exceeded: Vec<String>,
    /// How many figures without a budget are as before.
    kept: u32,
}

impl Report {
    /// `aloud`: print while measuring; otherwise only if something is broken.
    pub(crate) fn new(aloud: bool) -> Self {
        Self { aloud, text: Vec::new(), broken: Vec::new(), exceeded: Vec::new(), kept: 0 }
    }

    /// One line.
    pub(crate) fn line(&mut self, line: impl Into<String>) {
        let line = line.into();
        if self.aloud {
            println!("{line}");
        }
        self.text.push(line);
    }

    /// The title of a part.
    pub(crate) fn title(&mut self, title: &str) {
        self.line("");
        self.line(title);
        self.line("-".repeat(title.chars().count()));
    }

    /// The head of a table of [`Report::operation`]s.
    pub(crate) fn operations_head(&mut self) {
        self.line(format!(
            "{:<52} {:>5} {:>6} {:>6} {:>6} {:>6} {:>6}  calls",
            "", "calls", "write", "table", "lists", "attn", "read"
        ));
    }

    /// What an operation asked of the table.
    pub(crate) fn operation(&mut self, what: &str, measured: &Measured) {
        let units = Units::of(measured);
        self.line(format!(
            "{what:<52} {:>5} {:>6} {:>6} {:>6} {:>6} {:>6}  {}",
            measured.calls.len(),
            units.write,
            units.table,
            units.lists,
            units.attention,
            units.read,
            names(measured),
        ));
    }

    /// Compares a figure with its limit.
    pub(crate) fn check(&mut self, what: &str, unit: &str, measured: f64, limit: Limit) {
        let measured = (measured * 100.0).round() / 100.0;
        let (allowed, verdict) = match limit {
            Limit::Budget(at_most) | Limit::Kept(at_most) if measured > at_most => (at_most, "BROKEN"),
            Limit::Exceeded(_, instead) if measured > instead => (instead, "BROKEN"),
            Limit::Exceeded(at_most, _) if measured > at_most => {
                (at_most, "exceeded, see docs/performance.md")
            }
            Limit::Exceeded(at_most, _) => (at_most, "kept; the exception is no longer needed"),
            Limit::Budget(at_most) => (at_most, "kept"),
            Limit::Kept(at_most) => (at_most, "as before"),
            Limit::Shown(at_most) if measured > at_most => (at_most, "exceeded here"),
            Limit::Shown(at_most) => (at_most, "kept here"),
        };
        let line = format!("  {what}: {measured} {unit} of {allowed}: {verdict}");
        match verdict {
            "BROKEN" => self.broken.push(line.clone()),
            "exceeded, see docs/performance.md" => self.exceeded.push(line.clone()),
            "as before" => {
                self.kept += 1;
                return;
            }
            _ => {}
        }
        self.line(line);
    }

    /// Says how it went.
    pub(crate) fn end(mut self) -> ExitCode {
        if self.broken.is_empty() && !self.aloud {
            return ExitCode::SUCCESS;
        }
        if !self.aloud {
            println!("{}", self.text.join("\n"));
        }
        self.aloud = true;
        self.title("In short");
        self.line(format!("figures without a budget that are as before: {}", self.kept));
        for (label, lines) in [
            ("documented exceptions", std::mem::take(&mut self.exceeded)),
            ("broken", std::mem::take(&mut self.broken)),
        ] {
            self.line(format!("{label}: {}", lines.len()));
            for line in &lines {
                self.line(line.clone());
            }
            if label == "broken" && !lines.is_empty() {
                return ExitCode::FAILURE;
            }
        }
        ExitCode::SUCCESS
    }
}

/// Capacity units of some calls, by where they fell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Units {
    /// Write units, table and indexes together.
    pub(crate) write: f64,
    /// Write units of the table itself; a write in a transaction counts twice.
    pub(crate) table: f64,
    /// Write units of the index `lists`.
    pub(crate) lists: f64,
    /// Write units of the index `attention`.
    pub(crate) attention: f64,
    /// Read units, table and indexes together.
    pub(crate) read: f64,
}

impl Units {
    pub(crate) fn of(measured: &Measured) -> Self {
        let writes = measured.calls.iter().filter(|call| call.capacity.write_units > 0.0);
        let writes: Capacity = total(writes);
        let index = |name| writes.index_units.get(name).copied().unwrap_or_default();
        Self {
            write: writes.write_units,
            table: writes.table_units,
            lists: index("lists"),
            attention: index("attention"),
            read: total(&measured.calls).read_units,
        }
    }
}

/// `2 GetItem, 1 TransactWriteItems`.
fn names(measured: &Measured) -> String {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for call in &measured.calls {
        *counts.entry(&call.operation).or_default() += 1;
    }
    let each: Vec<String> = counts.into_iter().map(|(name, count)| format!("{count} {name}")).collect();
    each.join(", ")
}
