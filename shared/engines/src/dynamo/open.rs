//! Opening a database, with one index that dynoxide 3.2.0 lacks.
//!
//! With a stream enabled, each write asks for the highest sequence number so far, and dynoxide keeps its stream
//! records in a private table without an index on that number: every write reads the whole stream, so writes get
//! slower with each one. An index on that expression removes it. dynoxide does not hand out its connection, so
//! the index is made through a second one to the same database. This touches a private table: the version is
//! pinned exactly, and `tests/dynamo_streams.rs` fails should the index stop working.
//!
//! A database in memory has no second connection. A template with the index is made once per process (in
//! `SQLite`'s `memdb`, which connections of one process can share) and copied into each new database.

use std::path::Path;
use std::sync::{Arc, Mutex};

use dynoxide::Database;
use dynoxide::storage_backend::{Clock, SystemClock};
use rusqlite::Connection;

use super::DynamoError;
use crate::lock;

const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS engines_stream_sequence
    ON _stream_records(table_name, CAST(sequence_number AS INTEGER))";

/// AWS keeps stream records for 24 hours. dynoxide keeps them for ever, and a laptop's file should not grow so.
const DROP_OLD_RECORDS: &str = "DELETE FROM _stream_records WHERE created_at < unixepoch() - 86400";

/// Where the template lives: only in this process's memory, as long as a connection is open.
const TEMPLATE: &str = "file:/engines-template?vfs=memdb";

/// The open template; `None` until the first database in memory is made.
static TEMPLATE_OPEN: Mutex<Option<Database>> = Mutex::new(None);

/// An empty database in memory, indexed.
pub(super) fn memory(clock: Option<Arc<dyn Clock>>) -> Result<Database, DynamoError> {
    let db = Database::memory_with_clock(clock.unwrap_or_else(SystemClock::arc)).map_err(failed)?;
    // Held while copying: `SQLite` would answer "locked" to two copies at once.
    let mut template = lock(&TEMPLATE_OPEN);
    if template.is_none() {
        let opened = Database::new(TEMPLATE).map_err(failed)?;
        prepare(TEMPLATE, &[STREAM_INDEX])?;
        *template = Some(opened);
    }
    db.restore_from(TEMPLATE).map_err(failed)?;
    Ok(db)
}

/// The database in a file, indexed.
pub(super) fn file(path: &Path) -> Result<Database, DynamoError> {
    let path = path.to_str().ok_or_else(|| DynamoError::Open("the path is not UTF-8".into()))?;
    let db = Database::new(path).map_err(failed)?;
    prepare(path, &[STREAM_INDEX, DROP_OLD_RECORDS])?;
    // The name says bulk loading, but what it sets is what a laptop wants: with the write-ahead log and
    // `synchronous = NORMAL` a power cut may lose the last moments, never consistency.
    db.disable_bulk_loading().map_err(failed)?;
    Ok(db)
}

fn prepare(path: &str, statements: &[&str]) -> Result<(), DynamoError> {
    let connection = Connection::open(path).map_err(failed)?;
    statements.iter().try_for_each(|statement| connection.execute_batch(statement).map_err(failed))
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> DynamoError {
    DynamoError::Open(Box::new(error))
}
