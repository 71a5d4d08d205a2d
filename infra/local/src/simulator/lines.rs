//! The businesses' numbers at the simulated carrier, kept over a restart.
//!
//! Credentials are derived from the number, so only the numbers and their addresses need a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use domain::phone::PhoneNumber;
use engines::phones::PhoneNetwork;
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

/// The file of lines cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// The file system refused.
    #[error("the file of the simulator's lines cannot be read or written")]
    File(#[from] std::io::Error),
    /// It holds something else.
    #[error("the file of the simulator's lines is not readable")]
    Content(#[from] serde_json::Error),
}

/// Numbers and where their texts go.
#[derive(Debug, Default)]
pub struct Lines {
    file: Option<PathBuf>,
    lines: Mutex<BTreeMap<PhoneNumber, Option<Url>>>,
}

impl Lines {
    /// Lines that nothing keeps.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Opens the lines that this file names, if it exists, and keeps new ones there. Their texts go to the same paths
    /// below `public_url`, because the port may have changed.
    pub fn in_file(file: &Path, network: &PhoneNetwork, public_url: &Url) -> Result<Self, LinesError> {
        let lines = Self { file: Some(file.to_owned()), ..Self::default() };
        if file.exists() {
            let kept: BTreeMap<PhoneNumber, Option<Url>> = serde_json::from_slice(&std::fs::read(file)?)?;
            for (number, inbound_url) in kept {
                let here = inbound_url.and_then(|url| public_url.join(url.path()).ok());
                lines.open(network, number, here)?;
            }
        }
        Ok(lines)
    }

    /// Opens a line, or finds it, and says where its texts go. Returns the credentials of its gateway.
    pub fn open(
        &self,
        network: &PhoneNetwork,
        number: PhoneNumber,
        inbound_url: Option<Url>,
    ) -> Result<Value, LinesError> {
        let credentials = network.open_line(&number);
        if let Some(url) = &inbound_url {
            // The line was opened in the line above, so it exists.
            let _ = network.point_line(&number, url.clone());
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lines.entry(number).or_default();
        if inbound_url.is_some() {
            *kept = inbound_url;
        }
        if let Some(file) = &self.file {
            std::fs::write(file, serde_json::to_vec_pretty(&*lines)?)?;
        }
        Ok(serde_json::from_str(credentials.expose_secret())?)
    }
}
