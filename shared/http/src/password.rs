//! What is wrong with a password that somebody wants to set, as a problem.

use crate::field::{Code, FieldError};
use crate::problem::Problem;
use app::passwords::Flaw;

/// The flaws of the password in the field `field` of the body: all of them, each with a code of its own.
pub fn password_flaws(field: &str, flaws: &[Flaw]) -> Problem {
    password_flaws_at(&[field], flaws)
}

/// The same for a password deeper in the body.
pub fn password_flaws_at(path: &[&str], flaws: &[Flaw]) -> Problem {
    let error = |flaw: &Flaw| FieldError::body(path, code(*flaw), flaw.to_string());
    Problem::Invalid(flaws.iter().map(error).collect())
}

const fn code(flaw: Flaw) -> Code {
    match flaw {
        Flaw::TooShort { .. } => Code::TooShort,
        Flaw::TooLong => Code::TooLong,
        Flaw::Common => Code::TooCommon,
        Flaw::TooWeak => Code::TooWeak,
        Flaw::UsedBefore => Code::UsedBefore,
    }
}
