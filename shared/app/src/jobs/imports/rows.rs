//! From a row of the file to what it says of a contact.

use std::collections::HashMap;

use domain::{
    contact::{CustomFields, FieldText, distinct},
    csv::Unreadable,
    email::EmailAddress,
    id::{ContactListId, UserId},
    name::DisplayName,
    phone::{PhoneNumber, PhoneNumberError},
};
use storage::{ContactFieldsRecord, PageRequest, StoreError};

use super::{Import, Meaning, Reason, file::Line};
use crate::jobs::Worker;

/// At most this many lists of an account are known by their names.
const LISTS_MAX: u32 = 1_000;

/// What rows refer to.
pub(super) struct Known {
    fields: ContactFieldsRecord,
    /// Lists by their folded names and by their ids.
    lists: HashMap<String, ContactListId>,
    /// Members of staff by their addresses and by their ids.
    staff: HashMap<String, UserId>,
}

impl Known {
    pub(super) async fn read(
        worker: &Worker<'_>,
        import: &Import,
        columns: &[Meaning],
    ) -> Result<Self, StoreError> {
        let fields = worker.store.contact_fields().await?;
        let (mut lists, mut staff) = (HashMap::new(), HashMap::new());
        if import.list.is_some() || columns.contains(&Meaning::List) {
            let page = PageRequest { limit: LISTS_MAX, cursor: None };
            let found = worker.store.contact_lists(page).await?.map(|page| page.items).unwrap_or_default();
            for list in found {
                lists.insert(list.id.to_string(), list.id);
                lists.insert(list.name.as_str().to_lowercase(), list.id);
            }
        }
        if columns.contains(&Meaning::Owner) {
            let users = worker.store.all_users().await?;
            for user in users.into_iter().filter(domain::account::User::is_staff) {
                staff.insert(user.id.to_string(), user.id);
                staff.insert(user.email.as_str().to_lowercase(), user.id);
            }
        }
        Ok(Self { fields, lists, staff })
    }
}

/// What a row says.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) name: Option<DisplayName>,
    pub(super) numbers: Vec<PhoneNumber>,
    pub(super) emails: Vec<EmailAddress>,
    pub(super) fields: CustomFields,
    pub(super) owner: Option<UserId>,
    pub(super) lists: Vec<ContactListId>,
}

/// What is wrong with a row, and in which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) reason: Reason,
    pub(super) field: Option<String>,
}

impl From<Reason> for Wrong {
    fn from(reason: Reason) -> Self {
        Self { reason, field: None }
    }
}

impl Row {
    /// What a contact is recognised by.
    pub(super) fn known_by(&self) -> Vec<String> {
        let numbers = self.numbers.iter().map(|it| it.as_str().to_owned());
        numbers.chain(self.emails.iter().map(|it| it.as_str().to_lowercase())).collect()
    }
}

/// The name of a meaning, for results.
fn name_of(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Name => "name".to_owned(),
        Meaning::Number => "number".to_owned(),
        Meaning::Email => "email".to_owned(),
        Meaning::Owner => "owner".to_owned(),
        Meaning::List => "list".to_owned(),
        Meaning::Custom(key) => key.to_string(),
        Meaning::Ignore => "ignore".to_owned(),
    }
}

/// Reads a row.
pub(super) fn read(known: &Known, import: &Import, columns: &[Meaning], line: Line) -> Result<Row, Wrong> {
    let cells = line.map_err(unreadable)?;
    if cells.len() != columns.len() {
        return Err(Reason::WrongColumnCount.into());
    }
    let mut row = Row::default();
    for (cell, meaning) in cells.iter().map(|cell| cell.trim()).zip(columns) {
        if !cell.is_empty() {
            cell_of(known, import, &mut row, cell, meaning)
                .map_err(|reason| Wrong { reason, field: Some(name_of(meaning)) })?;
        }
    }
    if let Some(list) = import.list {
        let found = known.lists.contains_key(&list.to_string());
        found.then_some(()).ok_or(Reason::NoSuchList)?;
        row.lists.push(list);
    }
    (row.numbers, row.emails, row.lists) =
        (distinct(&row.numbers), distinct(&row.emails), distinct(&row.lists));
    if row.numbers.is_empty() && row.emails.is_empty() {
        return Err(Reason::Nobody.into());
    }
    Ok(row)
}

fn cell_of(
    known: &Known,
    import: &Import,
    row: &mut Row,
    cell: &str,
    meaning: &Meaning,
) -> Result<(), Reason> {
    match meaning {
        Meaning::Name => row.name = Some(cell.parse().map_err(|_| Reason::InvalidName)?),
        Meaning::Number => row.numbers.push(number(cell, import)?),
        Meaning::Email => row.emails.push(cell.parse().map_err(|_| Reason::InvalidEmail)?),
        Meaning::Owner => {
            let owner = known.staff.get(&cell.to_lowercase());
            row.owner = Some(*owner.ok_or(Reason::NoSuchOwner)?);
        }
        Meaning::List => {
            for name in cell.split(';').map(str::trim).filter(|name| !name.is_empty()) {
                row.lists.push(*known.lists.get(&name.to_lowercase()).ok_or(Reason::NoSuchList)?);
            }
        }
        Meaning::Custom(key) => {
            known.fields.has(key).then_some(()).ok_or(Reason::NoSuchField)?;
            let text: FieldText = cell.parse().map_err(|_| Reason::InvalidValue)?;
            row.fields.insert(key.clone(), text);
        }
        Meaning::Ignore => {}
    }
    Ok(())
}

/// A number as people write it. Exports of ours and others put an apostrophe before a number, so that spreadsheets keep it.
fn number(cell: &str, import: &Import) -> Result<PhoneNumber, Reason> {
    PhoneNumber::parse(cell.trim_start_matches('\''), Some(import.home)).map_err(|error| match error {
        PhoneNumberError::CountryUnknown => Reason::CountryUnknown,
        _ => Reason::InvalidNumber,
    })
}

fn unreadable(why: Unreadable) -> Wrong {
    let reason = match why {
        Unreadable::TooLong => Reason::RowTooLong,
        Unreadable::TooManyColumns => Reason::TooManyColumns,
        Unreadable::QuoteNotClosed => Reason::QuoteNotClosed,
        Unreadable::NotUtf8 => Reason::NotUtf8,
        Unreadable::Nul => Reason::Nul,
    };
    reason.into()
}
