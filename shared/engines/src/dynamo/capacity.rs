//! Measuring each call, whether or not the caller asked.
//!
//! Every operation that can report its consumed capacity is asked for the full detail; what the caller did not
//! ask for is taken out of the answer again.

use dynoxide::types::ConsumedCapacity;

use crate::calls::Capacity;

/// How an operation's units count where the service does not say so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

/// Asks for everything; returns what the caller had asked for. An invalid value stays, to be refused.
pub(super) fn ask_for_detail(asked: &mut Option<String>) -> Option<String> {
    match asked.as_deref() {
        None | Some("NONE" | "TOTAL") => asked.replace("INDEXES".to_owned()),
        Some(_) => asked.clone(),
    }
}

/// Consumed capacity as responses hold it: of one table, or of several.
pub(super) trait Consumed {
    fn tables(&self) -> Vec<&ConsumedCapacity>;
    /// Leaves what the caller asked for (`None` and `NONE`: nothing, `TOTAL`: only the sum).
    fn reduce_to(&mut self, asked: Option<&str>);
}

impl Consumed for Option<ConsumedCapacity> {
    fn tables(&self) -> Vec<&ConsumedCapacity> {
        self.iter().collect()
    }

    fn reduce_to(&mut self, asked: Option<&str>) {
        match asked {
            None | Some("NONE") => *self = None,
            Some("TOTAL") => self.iter_mut().for_each(keep_total),
            Some(_) => {}
        }
    }
}

impl Consumed for Option<Vec<ConsumedCapacity>> {
    fn tables(&self) -> Vec<&ConsumedCapacity> {
        self.iter().flatten().collect()
    }

    fn reduce_to(&mut self, asked: Option<&str>) {
        match asked {
            None | Some("NONE") => *self = None,
            Some("TOTAL") => self.iter_mut().flatten().for_each(keep_total),
            Some(_) => {}
        }
    }
}

fn keep_total(consumed: &mut ConsumedCapacity) {
    consumed.table = None;
    consumed.global_secondary_indexes = None;
    consumed.local_secondary_indexes = None;
    consumed.vector_indexes = None;
}

/// Adds up what a response says was consumed.
pub(super) fn measure(consumed: &impl Consumed, kind: Kind) -> Capacity {
    let mut sum = Capacity::default();
    for table in consumed.tables() {
        let (read, write) = match (table.read_capacity_units, table.write_capacity_units, kind) {
            (None, None, Kind::Read) => (table.capacity_units, 0.0),
            (None, None, Kind::Write) => (0.0, table.capacity_units),
            (read, write, _) => (read.unwrap_or_default(), write.unwrap_or_default()),
        };
        sum.read_units += read;
        sum.write_units += write;
        let indexes = [&table.global_secondary_indexes, &table.local_secondary_indexes];
        let mut on_indexes = 0.0;
        for (name, detail) in indexes.into_iter().flatten().flatten() {
            on_indexes += detail.capacity_units;
            *sum.index_units.entry(name.clone()).or_default() += detail.capacity_units;
        }
        sum.table_units +=
            table.table.as_ref().map_or(table.capacity_units - on_indexes, |own| own.capacity_units);
    }
    sum
}
