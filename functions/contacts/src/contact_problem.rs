//! What the use cases about contacts refuse, as problems.

use app::contacts::ContactError;
use app::contacts::fields::FieldsError;
use app::contacts::merge::MergeError;
use app::contacts::notes::NoteError;
use domain::contact::{EMAILS_MAX, FIELDS_MAX, NUMBERS_MAX, TooMuch};
use domain::id::ContactId;
use http_api::{Code, FieldError, Problem};

fn invalid<S: AsRef<str>>(
    path: impl IntoIterator<Item = S>,
    code: Code,
    detail: impl Into<String>,
) -> Problem {
    Problem::invalid(FieldError::body(path, code, detail))
}

fn taken(list: &str, place: usize, by: ContactId) -> Problem {
    Problem::ContactTaken { pointer: format!("#/{list}/{place}"), contact_id: by.to_string() }
}

fn too_much(it: TooMuch) -> (&'static str, String) {
    match it {
        TooMuch::Numbers => ("numbers", format!("a contact has at most {NUMBERS_MAX} numbers")),
        TooMuch::Emails => ("emails", format!("a contact has at most {EMAILS_MAX} e-mail addresses")),
        TooMuch::Fields => ("fields", format!("a contact has at most {FIELDS_MAX} custom fields")),
    }
}

pub(crate) fn problem(error: ContactError) -> Problem {
    match error {
        ContactError::Denied(denied) => denied.into(),
        ContactError::Nobody => {
            invalid(["name"], Code::MissingField, "a contact has a name, a number or an e-mail address")
        }
        ContactError::Number { place, error } => {
            invalid(["numbers", &place.to_string()], Code::Invalid, error.to_string())
        }
        ContactError::NumberTaken { place, by } => taken("numbers", place, by),
        ContactError::EmailTaken { place, by } => taken("emails", place, by),
        ContactError::TooMuch(it) => {
            let (field, detail) = too_much(it);
            invalid([field], Code::TooLong, detail)
        }
        ContactError::NoSuchOwner => {
            invalid(["owner_id"], Code::NoSuchThing, "there is no such member of staff")
        }
        ContactError::NoSuchField(key) => {
            invalid(["fields", key.as_str()], Code::NoSuchThing, "the account has no such custom field")
        }
    }
}

pub(crate) fn merge_problem(error: MergeError) -> Problem {
    match error {
        MergeError::Contact(ContactError::TooMuch(it)) => Problem::Conflict(too_much(it).1.into()),
        MergeError::Contact(error) => problem(error),
        MergeError::NoSuchOther => {
            invalid(["contact_id"], Code::NoSuchThing, "there is no such other contact")
        }
        MergeError::Same => invalid(["contact_id"], Code::Invalid, "a contact cannot be merged with itself"),
    }
}

pub(crate) fn note_problem(error: NoteError) -> Problem {
    match error {
        NoteError::Denied(denied) => denied.into(),
        NoteError::NotYours => Problem::Conflict("somebody else wrote this note".into()),
        NoteError::Mentions => {
            invalid(["mentions"], Code::NoSuchThing, "a note names at most 20 colleagues, who exist")
        }
        NoteError::InTheFuture => invalid(["occurred_at"], Code::OutOfRange, "it has not happened yet"),
    }
}

pub(crate) fn fields_problem(error: FieldsError) -> Problem {
    match error {
        FieldsError::Denied(denied) => denied.into(),
        FieldsError::Taken => invalid(["key"], Code::Taken, "there is a custom field with this key already"),
        FieldsError::TooMany => {
            Problem::Conflict(format!("an account has at most {FIELDS_MAX} custom fields").into())
        }
    }
}
