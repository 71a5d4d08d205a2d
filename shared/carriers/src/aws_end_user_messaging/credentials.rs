//! AWS's keys, and the names of the topics that may call.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::sns::Topic;
use crate::{Credentials, InvalidCredentials, signing};

/// More topics than a gateway has.
const TOPICS_MAX: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AwsCredentials {
    pub(super) access_key_id: SecretString,
    pub(super) secret_access_key: SecretString,
    pub(super) region: String,
    topics: Vec<String>,
    pub(super) configuration_set: Option<String>,
    #[serde(default)]
    pub(super) message_type: MessageType,
}

/// Which of two prices and priorities texts have, in AWS's words.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum MessageType {
    #[default]
    Transactional,
    Promotional,
}

impl AwsCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        if !signing::is_token(&read.access_key_id) {
            return Err(InvalidCredentials::Field("access_key_id"));
        }
        if !signing::is_token(&read.secret_access_key) {
            return Err(InvalidCredentials::Field("secret_access_key"));
        }
        if !is_region(&read.region) {
            return Err(InvalidCredentials::Field("region"));
        }
        let known = read.topics.iter().all(|arn| Topic::parse(arn).is_some());
        if !(1..=TOPICS_MAX).contains(&read.topics.len()) || !known {
            return Err(InvalidCredentials::Field("topics"));
        }
        if read.configuration_set.as_deref().is_some_and(|name| name.trim().is_empty()) {
            return Err(InvalidCredentials::Field("configuration_set"));
        }
        Ok(read)
    }

    /// The gateway's topic of this name.
    pub(super) fn topic<'a>(&self, arn: &'a str) -> Option<Topic<'a>> {
        self.topics.iter().any(|known| known == arn).then(|| Topic::parse(arn)).flatten()
    }
}

/// Whether it can be part of a host's name: `us-east-1`, `us-gov-west-1`, `cn-north-1`.
pub(super) fn is_region(text: &str) -> bool {
    const CHARACTERS_MAX: usize = 32;
    let parts_are_words = text
        .split('-')
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    text.len() <= CHARACTERS_MAX && text.contains('-') && parts_are_words
}
