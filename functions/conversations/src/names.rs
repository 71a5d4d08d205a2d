//! Names in query strings: several at once, and whose conversations.

use app::conversations::Whose;
use domain::id::UserId;
use http_api::Caller;
use serde::de::value::StrDeserializer;
use serde::{Deserialize, Deserializer};

/// Names separated by commas.
pub(crate) struct Names<T>(pub(crate) Vec<T>);

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Names<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let names = text.split(',').map(|name| T::deserialize(StrDeserializer::new(name)));
        names.collect::<Result<_, _>>().map(Self)
    }
}

/// A user by id, or whoever asks.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Member {
    /// Whoever asks.
    Me,
    /// This user.
    User(UserId),
}

impl TryFrom<String> for Member {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "me" {
            return Ok(Self::Me);
        }
        text.parse().map(Self::User).map_err(|_| "expected \"me\" or the id of a user")
    }
}

impl Member {
    pub(crate) fn whose(self, caller: &Caller) -> Whose {
        match self {
            Self::Me => Whose::User(caller.user),
            Self::User(user) => Whose::User(user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::Error;

    fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
        T::deserialize(IntoDeserializer::<Error>::into_deserializer(text))
    }

    #[test]
    fn names_are_separated_by_commas_and_each_has_to_be_one() {
        use domain::timeline::EntryKind::{Assigned, IncomingMessage};
        let names: Names<domain::timeline::EntryKind> = read("incoming_message,assigned").unwrap();
        assert_eq!(names.0, [IncomingMessage, Assigned]);
        for wrong in ["", ",", "assigned,", "assigned, snoozed", "Assigned"] {
            assert!(read::<Names<domain::timeline::EntryKind>>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_member_is_me_or_an_id() {
        assert!(matches!(read("me"), Ok(Member::Me)));
        assert!(matches!(read("usr_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b"), Ok(Member::User(_))));
        for wrong in ["", "Me", "usr_1", "cnv_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b"] {
            assert!(read::<Member>(wrong).is_err(), "{wrong}");
        }
    }
}
