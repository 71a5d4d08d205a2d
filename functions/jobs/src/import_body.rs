//! Imports as the API takes and shows them.

use app::jobs::imports::{Column, Duplicates, ImportRequest, Meaning, Reason, RowResult, ShownImport};
use domain::contact::FieldKey;
use domain::id::{ContactId, ContactListId};
use domain::job::Outcome;
use domain::name::DisplayName;
use domain::phone::Region;
use http_api::{Code, FieldError, Problem, schema};
use serde::{Deserialize, Serialize};

use crate::body::Job;

/// The longest name of a column.
const COLUMN_CHARACTERS_MAX: usize = 200;

/// A file to import.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContactImport {
    /// What the file is called.
    #[schema(value_type = Option<schema::DisplayName>)]
    file_name: Option<DisplayName>,
    /// What its columns mean: 1 to 100 of them. Columns that are not named mean nothing. One has to be a number or an
    /// e-mail address.
    #[schema(min_items = 1, max_items = 100)]
    mapping: Vec<MappedColumn>,
    /// The country in which numbers without a country code are; nothing: where the account is.
    #[schema(value_type = Option<String>, example = "DE")]
    home_country: Option<Region>,
    /// What becomes of contacts that are there already, or are in the file twice.
    duplicates: Option<DuplicateOptions>,
    /// A list that all of them are put on.
    #[schema(value_type = Option<schema::ContactListId>)]
    contact_list_id: Option<ContactListId>,
}

/// A column of the file, by its name in the first line or by its place, and what it means.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappedColumn {
    /// Its name in the first line; capitals do not matter.
    #[schema(example = "Mobile phone")]
    column: Option<String>,
    /// Its place, from 1.
    index: Option<u32>,
    /// What it means.
    field: FieldName,
    /// The key of the custom field, where `field` is `custom`.
    #[schema(value_type = Option<String>)]
    key: Option<FieldKey>,
}

/// What a column means. `number`, `email` and `list` may be several columns; lists are named or given by id, separated by
/// semicolons; an owner is given by e-mail address or id.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportedField)]
pub(crate) enum FieldName {
    Name,
    Number,
    Email,
    Owner,
    List,
    Custom,
    Ignore,
}

/// What becomes of contacts that are there already, by a number or an e-mail address. If none of the first three is true,
/// they are left as they are.
#[derive(Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportDuplicates)]
pub(crate) struct DuplicateOptions {
    /// What the row says takes the place of what is known. Not together with `preserve_existing`.
    #[serde(default)]
    replace_duplicates: bool,
    /// They are on the lists that the import names and on no others. Not together with `preserve_existing`.
    #[serde(default)]
    replace_list_memberships: bool,
    /// What is known stays, what is not comes from the row, and lists are added. On, unless one of the others is.
    preserve_existing: Option<bool>,
    /// Nothing that waits for new or changed contacts hears of this import.
    #[serde(default)]
    skip_automations: bool,
}

impl DuplicateOptions {
    const DEFAULT: Self = Self {
        replace_duplicates: false,
        replace_list_memberships: false,
        preserve_existing: None,
        skip_automations: false,
    };

    fn read(self) -> Duplicates {
        let (replace, replace_lists) = (self.replace_duplicates, self.replace_list_memberships);
        let preserve = self.preserve_existing.unwrap_or(!replace && !replace_lists);
        Duplicates { replace, replace_lists, preserve, skip_automations: self.skip_automations }
    }
}

impl NewContactImport {
    pub(crate) fn read(&self) -> Result<ImportRequest, Problem> {
        let most = app::jobs::imports::MAPPED_MAX;
        if !(1..=most).contains(&self.mapping.len()) {
            let (code, detail) = (Code::OutOfRange, format!("expected 1 to {most} columns"));
            return Err(Problem::invalid(FieldError::body(["mapping"], code, detail)));
        }
        let mapping = self.mapping.iter().enumerate().map(|(place, column)| column.read(place));
        Ok(ImportRequest {
            file_name: self.file_name.clone(),
            mapping: mapping.collect::<Result<_, _>>()?,
            home: self.home_country,
            duplicates: self.duplicates.unwrap_or(DuplicateOptions::DEFAULT).read(),
            list: self.contact_list_id,
        })
    }
}

/// A mistake in one column of the mapping.
pub(crate) fn in_mapping(place: usize, field: &str, code: Code, detail: &'static str) -> Problem {
    Problem::invalid(FieldError::body(["mapping", &place.to_string(), field], code, detail))
}

impl MappedColumn {
    fn read(&self, place: usize) -> Result<(Column, Meaning), Problem> {
        let wrong = |field, code, detail| Err(in_mapping(place, field, code, detail));
        let column = match (&self.column, self.index) {
            (Some(_), Some(_)) => {
                return wrong("index", Code::NotTogether, "expected either \"column\" or \"index\"");
            }
            (None, None) => {
                return wrong("column", Code::MissingField, "expected either \"column\" or \"index\"");
            }
            (None, Some(0)) => return wrong("index", Code::OutOfRange, "the first column is 1"),
            (None, Some(index)) => Column::Number(index),
            (Some(name), None) if name.trim().is_empty() => {
                return wrong("column", Code::Invalid, "a column without a name is given by its index");
            }
            (Some(name), None) if name.chars().count() > COLUMN_CHARACTERS_MAX => {
                return wrong("column", Code::TooLong, "a name of a column has at most 200 characters");
            }
            (Some(name), None) => Column::Named(name.trim().to_lowercase()),
        };
        let meaning = match (self.field, &self.key) {
            (FieldName::Custom, Some(key)) => Meaning::Custom(key.clone()),
            (FieldName::Custom, None) => {
                return wrong("key", Code::MissingField, "expected the key of a custom field");
            }
            (_, Some(_)) => return wrong("key", Code::NotTogether, "only a custom field has a key"),
            (FieldName::Name, None) => Meaning::Name,
            (FieldName::Number, None) => Meaning::Number,
            (FieldName::Email, None) => Meaning::Email,
            (FieldName::Owner, None) => Meaning::Owner,
            (FieldName::List, None) => Meaning::List,
            (FieldName::Ignore, None) => Meaning::Ignore,
        };
        Ok((column, meaning))
    }
}

/// An import.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ContactImport {
    #[serde(flatten)]
    job: Job,
    /// What the file is called.
    #[schema(value_type = Option<schema::DisplayName>, required = true)]
    file_name: Option<DisplayName>,
    /// The numbers of the parts that have come.
    parts: Vec<u32>,
    /// How many bytes they have together.
    bytes: u64,
}

impl From<ShownImport> for ContactImport {
    fn from(ShownImport { job, file_name, parts, bytes }: ShownImport) -> Self {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        Self { job: job.into(), file_name, parts, bytes }
    }
}

/// What became of a row.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ImportedRow {
    /// Which row; the first one under the line of names is 1. Blank lines do not count.
    pub(crate) row: u64,
    /// What became of it: `created`, `updated`, `skipped` (the contact is there already) or `failed`.
    #[schema(value_type = String, example = "created")]
    pub(crate) outcome: Outcome,
    /// Which contact it is.
    #[schema(value_type = Option<schema::ContactId>, required = true)]
    pub(crate) contact_id: Option<ContactId>,
    /// Why it led to nothing: `row_too_long`, `too_many_columns`, `quote_not_closed`, `not_utf8`, `nul`,
    /// `wrong_column_count`, `nobody` (neither number nor address), `invalid_number`, `country_unknown`, `invalid_email`,
    /// `invalid_name`, `invalid_value`, `no_such_field`, `no_such_owner`, `no_such_list`, `several_contacts`, `too_much` or
    /// `duplicate`.
    #[schema(value_type = Option<String>, required = true, example = "invalid_number")]
    pub(crate) reason: Option<Reason>,
    /// Which field is the reason, as in the mapping; for a custom field its key.
    #[schema(required = true)]
    pub(crate) field: Option<String>,
}

impl From<RowResult> for ImportedRow {
    fn from(RowResult { row, outcome, contact, reason, field }: RowResult) -> Self {
        Self { row, outcome, contact_id: contact, reason, field }
    }
}
