//! What is wrong with one field of a request, and where.
//!
//! A [`FieldError`] points at the field and says what was expected, in our words. It never repeats what the
//! caller sent: a wrong value may be a password or a phone number in the wrong place, and answers end up in logs.

mod from_serde;

pub(crate) use from_serde::{body_error, query_error};

use serde::Serialize;

/// What kind of mistake it is, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FieldErrorCode)]
pub enum Code {
    /// There is no field of this name.
    UnknownField,
    /// A field is required and absent.
    MissingField,
    /// A field appears twice.
    DuplicateField,
    /// A text where a number is expected, a number where a list is expected, and so on.
    WrongType,
    /// The value cannot be what the field means; for example a text that is not a phone number.
    Invalid,
    /// A number or a time is too small, too large, too early or too late.
    OutOfRange,
    /// A text or a list is too long.
    TooLong,
    /// The field cannot be used together with another one of the request.
    NotTogether,
    /// The field names something that does not exist.
    NoSuchThing,
    /// Another thing has this name already.
    Taken,
    /// A text is too short.
    TooShort,
    /// A password that is known from breaches.
    TooCommon,
    /// A password that can be guessed too easily.
    TooWeak,
    /// A password that was used before.
    UsedBefore,
}

/// One mistake in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Where: `#/to` is a JSON pointer (RFC 6901) into the body, `?limit` a query parameter, `@Idempotency-Key` a
    /// header.
    #[schema(example = "#/to")]
    pointer: String,
    /// What kind of mistake, for programs.
    code: Code,
    /// What was expected, for people.
    #[schema(example = "not a phone number")]
    detail: String,
}

impl FieldError {
    /// A mistake in the body at the given path; `[]` means the body as a whole.
    pub fn body<S: AsRef<str>>(
        path: impl IntoIterator<Item = S>,
        code: Code,
        detail: impl Into<String>,
    ) -> Self {
        let pointer = path.into_iter().fold(String::from("#"), |mut pointer, segment| {
            pointer.push('/');
            pointer.push_str(&escape(segment.as_ref()));
            pointer
        });
        Self { pointer, code, detail: detail.into() }
    }

    /// A mistake in a query parameter.
    pub fn query(name: &str, code: Code, detail: impl Into<String>) -> Self {
        Self { pointer: format!("?{name}"), code, detail: detail.into() }
    }

    /// A mistake in a header.
    pub fn header(name: &str, code: Code, detail: impl Into<String>) -> Self {
        Self { pointer: format!("@{name}"), code, detail: detail.into() }
    }

    /// Where the mistake is.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What kind of mistake it is.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What was expected.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

/// Writes one segment of a JSON pointer (RFC 6901, section 3).
fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_tildes_and_slashes() {
        let error = FieldError::body(["a/b", "c~d", "~1", "0"], Code::Invalid, "no");
        assert_eq!(error.pointer(), "#/a~1b/c~0d/~01/0");
    }

    #[test]
    fn the_whole_body_a_parameter_and_a_header_have_pointers_too() {
        assert_eq!(FieldError::body([""; 0], Code::Invalid, "no").pointer(), "#");
        assert_eq!(FieldError::query("limit", Code::Invalid, "no").pointer(), "?limit");
        assert_eq!(FieldError::header("Idempotency-Key", Code::Invalid, "no").pointer(), "@Idempotency-Key");
    }
}
