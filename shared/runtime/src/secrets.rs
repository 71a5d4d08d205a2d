//! Secrets, in Secrets Manager, remembered for some minutes.

use app::ports::Unreachable;
use app::{Clock, Secrets};
use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

const SERVICE: &str = "Secrets Manager";

/// How long a secret is used without asking again. A changed secret takes effect everywhere after this time.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// How long a secret is still used when Secrets Manager does not answer: a webhook is better verified with a secret
/// from before than lost.
pub const STALE: SignedDuration = SignedDuration::from_hours(1);

/// Reads and writes secrets, and remembers what it has read.
pub struct AwsSecrets {
    client: Client,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Clone)]
struct Known {
    value: SecretString,
    read_at: Timestamp,
}

impl AwsSecrets {
    /// Secrets through `client`, whose age is told by `clock`.
    pub fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self { client, clock, known: Mutex::default() }
    }

    /// What is remembered about a secret, and for how long it has been.
    fn recall(&self, name: &str) -> Option<(SecretString, SignedDuration)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()?;
        Some((known.value, self.clock.now().duration_since(known.read_at)))
    }

    fn remember(&self, name: &str, value: Option<SecretString>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(value) => known.insert(name.to_owned(), Known { value, read_at: self.clock.now() }),
            None => known.remove(name),
        };
    }

    /// `None`: there is no such secret, or none yet.
    async fn read(&self, name: &str) -> Result<Option<SecretString>, Unreachable> {
        match self.client.get_secret_value().secret_id(name).send().await {
            Ok(answer) => Ok(answer.secret_string.map(SecretString::from)),
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => Ok(None),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Gives an existing secret a new value; `false`: there is none of this name.
    async fn replace(&self, name: &str, value: &SecretString) -> Result<bool, Unreachable> {
        let request = self.client.put_secret_value().secret_id(name).secret_string(value.expose_secret());
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => Ok(false),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Creates a secret; `false`: another one of this name was created meanwhile.
    async fn create(&self, name: &str, value: &SecretString) -> Result<bool, Unreachable> {
        let request = self.client.create_secret().name(name).secret_string(value.expose_secret());
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if error.err().is_resource_exists_exception() => Ok(false),
            Err(error) => Err(unreachable(error)),
        }
    }
}

#[async_trait]
impl Secrets for AwsSecrets {
    async fn get(&self, name: &str) -> Result<Option<SecretString>, Unreachable> {
        let recalled = self.recall(name);
        if let Some((value, age)) = &recalled
            && *age < FRESH
        {
            return Ok(Some(value.clone()));
        }
        match (self.read(name).await, recalled) {
            (Ok(value), _) => {
                self.remember(name, value.clone());
                Ok(value)
            }
            (Err(error), Some((value, age))) if age < STALE => {
                tracing::warn!(%error, age_seconds = age.as_secs(), "using a secret that was read earlier");
                Ok(Some(value))
            }
            (Err(error), _) => Err(error),
        }
    }

    async fn put(&self, name: &str, value: SecretString) -> Result<(), Unreachable> {
        // Most are new; but whoever repeats a request, or comes second, finds it there.
        if !self.create(name, &value).await? && !self.replace(name, &value).await? {
            return Err(unreachable(Vanished));
        }
        self.remember(name, Some(value));
        Ok(())
    }
}

/// The secret existed when it was to be created and did not when it was to be replaced.
#[derive(Debug, thiserror::Error)]
#[error("the secret was removed while it was written")]
struct Vanished;

fn unreachable(source: impl std::error::Error + Send + Sync + 'static) -> Unreachable {
    Unreachable { service: SERVICE, source: Box::new(source) }
}
