//! The carrier's own name for a message.

use serde::{Deserialize, Serialize};

/// The carrier's own name for a message: 1 to 200 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CarrierReference(String);

/// The text is no [`CarrierReference`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a carrier's reference has 1 to 200 visible ASCII characters")]
pub struct InvalidCarrierReference;

impl CarrierReference {
    /// The text of the reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CarrierReference {
    type Error = InvalidCarrierReference;
    fn try_from(text: String) -> Result<Self, InvalidCarrierReference> {
        let fits = (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err(InvalidCarrierReference) }
    }
}

impl From<CarrierReference> for String {
    fn from(reference: CarrierReference) -> Self {
        reference.0
    }
}
