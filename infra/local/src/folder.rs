//! The folder that keeps a laptop's data between two runs, or nothing at all.
//!
//! | file | what |
//! |---|---|
//! | `table.db` | the table with its stream |
//! | `media/` | the files of messages |
//! | `secrets.json` | the secret store: readable by its owner only, meant for made-up data |
//! | `stream-position`, `stream-position-project` | up to where the table's stream has been dispatched, and projected |
//! | `lines.json` | the businesses' numbers at the simulated carrier |
//!
//! Queues are not kept: what was in them is found again in the table (`sweep` queues sends anew) or is sent again by the
//! carrier, who got no answer.

use std::path::PathBuf;
use std::sync::Arc;

use engines::dynamo::{Dynamo, DynamoError};
use engines::phones::PhoneNetwork;
use engines::secrets::SecretsManager;
use url::Url;

use crate::mappings::Position;
use crate::simulator::{Lines, LinesError};

/// The data cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system refused.
    #[error("the data folder cannot be used")]
    File(#[from] std::io::Error),
    /// The table's file.
    #[error("the table cannot be opened (is another `make run` using it?)")]
    Table(#[from] DynamoError),
    /// The simulator's file.
    #[error(transparent)]
    Lines(#[from] LinesError),
}

/// Where data is kept; `None` keeps nothing.
#[derive(Debug, Clone)]
pub struct Folder(Option<PathBuf>);

impl Folder {
    /// Uses this folder, made if absent.
    pub fn open(path: Option<PathBuf>) -> Result<Self, FolderError> {
        if let Some(path) = &path {
            std::fs::create_dir_all(path)?;
        }
        Ok(Self(path))
    }

    /// The database.
    pub fn dynamo(&self) -> Result<Dynamo, FolderError> {
        Ok(self.file("table.db").map_or_else(Dynamo::memory, |file| Dynamo::file(&file))?)
    }

    /// The secret store.
    pub fn secrets(&self) -> Result<SecretsManager, FolderError> {
        Ok(self
            .file("secrets.json")
            .map_or_else(|| Ok(SecretsManager::memory()), |file| SecretsManager::file(&file))?)
    }

    /// The folder of the files of messages.
    pub fn media(&self) -> Option<PathBuf> {
        self.file("media")
    }

    /// Up to where the stream has been read by this function.
    pub fn position(&self, dynamo: &Dynamo, reader: &str) -> Result<Position, FolderError> {
        // After a day the stream forgets its records; once it is empty, its numbers begin anew.
        if dynamo.stream_records(None, 1)?.is_empty() {
            return Ok(Position::default());
        }
        let number = match self.file(&position_of(reader)) {
            Some(file) if file.exists() => Some(std::fs::read_to_string(file)?.trim().to_owned()),
            _ => None,
        };
        Ok(Position::after(number.filter(|number| !number.is_empty())))
    }

    /// Keeps the position of a function. If that fails, records are dispatched again after the next start, which is safe.
    pub fn keep_position(&self, reader: &str) -> Arc<dyn Fn(&str) + Send + Sync> {
        let file = self.file(&position_of(reader));
        Arc::new(move |number| {
            if let Some(file) = &file
                && let Err(error) = std::fs::write(file, number)
            {
                tracing::warn!(error = %error, "the position in the stream is not kept");
            }
        })
    }

    /// The businesses' numbers at the simulated carrier.
    pub fn lines(&self, network: &PhoneNetwork, public_url: &Url) -> Result<Lines, FolderError> {
        match self.file("lines.json") {
            Some(file) => Ok(Lines::in_file(&file, network, public_url)?),
            None => Ok(Lines::in_memory()),
        }
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        self.0.as_ref().map(|folder| folder.join(name))
    }
}

/// The file of a function's position in the stream.
fn position_of(reader: &str) -> String {
    // The outbox was the only reader once.
    if reader == "dispatch" { "stream-position".to_owned() } else { format!("stream-position-{reader}") }
}
