//! Reading the audit log, and taking it out of the product (B05).
//!
//! Whoever takes the log out leaves an entry in it, and does so before they have a single line.

use domain::{
    access::Permission,
    audit::{AuditAction, AuditEntry},
};
use serde_json::{Value, json};
pub use storage::AuditFilter;
use storage::{InvalidCursor, Page, PageRequest, StoreError};

use crate::{App, Caller, Failure, audit::NOTHING, caller::Forbidden};

/// At most this many entries in one part of an export.
pub const EXPORT_ENTRIES_MAX: usize = 1_000;
/// Entries read at once for an export.
const READ_AT_ONCE: u32 = 250;
/// At most this many reads for one part of an export; with a filter that picks out little, the part is short then.
const READS_MAX: usize = 8;
/// A part ends soon after this many bytes: an answer of Lambda's has room for six million, and a file in base64 needs more
/// room than the file.
const EXPORT_BYTES_MAX: usize = 2_000_000;

/// Why the log was not shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditLogError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The period ends before it begins.
    #[error("`until` is before `from`")]
    EndsBeforeItBegins,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for AuditLogError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// A page of the account's log, newest first. A page may be short, even empty, and still have a next.
pub async fn list(
    app: &App,
    caller: &Caller,
    filter: &AuditFilter,
    page: PageRequest<'_>,
) -> Result<Page<AuditEntry>, AuditLogError> {
    allowed(caller, filter)?;
    Ok(app.store.account(caller.account).audit_log(filter, page).await??)
}

/// The next part of an export, in the form that `format` names. Each part is in the log itself.
pub async fn export(
    app: &App,
    caller: &Caller,
    filter: &AuditFilter,
    format: &'static str,
    cursor: Option<&str>,
) -> Result<Page<AuditEntry>, AuditLogError> {
    allowed(caller, filter)?;
    let account = app.store.account(caller.account);
    let mut part = Page { items: Vec::new(), next_cursor: cursor.map(str::to_owned) };
    let mut bytes = 0;
    for _ in 0..READS_MAX {
        let room = u32::try_from(EXPORT_ENTRIES_MAX.saturating_sub(part.items.len())).unwrap_or_default();
        let request = PageRequest { limit: room.min(READ_AT_ONCE), cursor: part.next_cursor.as_deref() };
        let found = account.audit_log(filter, request).await??;
        bytes += found.items.iter().map(weight).sum::<usize>();
        part.items.extend(found.items);
        part.next_cursor = found.next_cursor;
        let full = part.items.len() >= EXPORT_ENTRIES_MAX || bytes >= EXPORT_BYTES_MAX;
        if full || part.next_cursor.is_none() {
            break;
        }
    }
    let taken = json!({"format": format, "entries": part.items.len(), "filter": shown(filter)});
    let entry = caller.audit(app, AuditAction::AuditExported, caller.account, &NOTHING, &taken);
    account.put_audit(&entry).await?;
    Ok(part)
}

fn allowed(caller: &Caller, filter: &AuditFilter) -> Result<(), AuditLogError> {
    caller.require(Permission::AuditRead)?;
    match (filter.from, filter.until) {
        (Some(from), Some(until)) if until < from => Err(AuditLogError::EndsBeforeItBegins),
        _ => Ok(()),
    }
}

/// What the log says was asked for.
fn shown(filter: &AuditFilter) -> Value {
    let AuditFilter { actor, object, action, from, until } = filter;
    let named = [
        ("actor", actor.as_ref().map(|it| it.as_str().to_owned())),
        ("object", object.as_ref().map(|it| it.as_str().to_owned())),
        ("action", action.map(|it| it.name().to_owned())),
        ("from", from.map(|it| it.to_string())),
        ("until", until.map(|it| it.to_string())),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect()
}

/// About how many bytes an entry takes in an export.
fn weight(entry: &AuditEntry) -> usize {
    /// Ids, times, names and what stands between them.
    const FRAME: usize = 400;
    let size = |value: &Value| if value.is_null() { 0 } else { value.to_string().len() };
    // In CSV each quotation mark is doubled.
    FRAME + 2 * (size(&entry.before) + size(&entry.after))
}
