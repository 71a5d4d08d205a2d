//! Lists of contacts: making them, who is on them, and taking them out of the product (A06, A20).

use domain::{
    access::Permission,
    audit::AuditAction,
    id::{AccountId, ContactId, ContactListId},
    name::DisplayName,
};
use serde_json::json;
pub use storage::{ContactList, Member};
use storage::{ContactListRecord, ListAddition, Page, PageRequest, StoreError, Traces};

use crate::{
    App, Caller, Failure,
    administered::{Deed, Denied, Place, Whose, place},
    audit::NOTHING,
    conversations::ATTEMPTS_MAX,
};

/// At most this many contacts in one part of an export.
pub const EXPORTED_AT_ONCE: u32 = 1_000;
/// At most this many members of a removed list are cleared away at once.
const CLEARED_AT_ONCE: u32 = 100;
/// At most this many times that many in one sweep.
const ROUNDS_MAX: u32 = 4;
/// At most this many removed lists of each shard are worked on in one sweep.
const CLEARINGS: u32 = 5;

/// Why a list was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum ContactListError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A keyword puts contacts on it.
    #[error("a keyword puts contacts on this list")]
    InUse,
}

impl From<StoreError> for ContactListError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

/// A page of lists. A master sees which lists there are, not who is on them.
pub async fn list(
    app: &App,
    caller: &Caller,
    whose: Whose,
    page: PageRequest<'_>,
) -> Result<Page<ContactList>, ContactListError> {
    let place = place(app, caller, whose, Permission::ContactsRead).await?;
    Ok(place.store.contact_lists(page).await?.map_err(Denied::from)?)
}

/// Makes a list.
pub async fn create(
    app: &App,
    caller: &Caller,
    whose: Whose,
    name: DisplayName,
) -> Result<ContactList, ContactListError> {
    let place = place(app, caller, whose, Permission::ContactsManage).await?;
    let list = ContactList { id: app.new_id(), name, created_at: app.now() };
    let deed = Deed::made(AuditAction::ContactListCreated, &list.id, json!({"name": list.name}));
    let record = ContactListRecord { list: list.clone(), version: 0 };
    if place.store.save_contact_list(&record, &place.traces(&deed)).await? {
        Ok(list)
    } else {
        Err(Denied::from(Failure::Broken("a new id was not new")).into())
    }
}

async fn at_home<'a>(
    app: &'a App,
    caller: &'a Caller,
    permission: Permission,
) -> Result<Place<'a>, ContactListError> {
    Ok(place(app, caller, Whose::Own, permission).await?)
}

async fn read(place: &Place<'_>, id: ContactListId) -> Result<ContactListRecord, ContactListError> {
    Ok(place.store.contact_list(id).await?.ok_or(Denied::NotFound)?)
}

/// Gives a list another name.
pub async fn rename(
    app: &App,
    caller: &Caller,
    id: ContactListId,
    name: Option<DisplayName>,
) -> Result<ContactList, ContactListError> {
    let place = at_home(app, caller, Permission::ContactsManage).await?;
    for _ in 0..ATTEMPTS_MAX {
        let mut record = read(&place, id).await?;
        let before = record.list.name.clone();
        record.list.name = name.clone().unwrap_or_else(|| before.clone());
        if record.list.name == before {
            return Ok(record.list);
        }
        let names = (json!({"name": before}), json!({"name": record.list.name}));
        let deed = Deed::changed(AuditAction::ContactListChanged, &id, names.0, names.1);
        if place.store.save_contact_list(&record, &place.traces(&deed)).await? {
            return Ok(record.list);
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes a list that no keyword puts contacts on. Its contacts stay; that they were on it is forgotten soon after.
pub async fn remove(app: &App, caller: &Caller, id: ContactListId) -> Result<(), ContactListError> {
    let place = at_home(app, caller, Permission::ContactsManage).await?;
    for _ in 0..ATTEMPTS_MAX {
        let record = read(&place, id).await?;
        if place.store.all_keywords().await?.iter().any(|keyword| keyword.contact_list == id) {
            return Err(ContactListError::InUse);
        }
        let deed = Deed::removed(AuditAction::ContactListRemoved, &id, json!({"name": record.list.name}));
        if place.store.remove_contact_list(&record, app.now(), &place.traces(&deed)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

/// A page of those who are on a list.
pub async fn contacts(
    app: &App,
    caller: &Caller,
    id: ContactListId,
    page: PageRequest<'_>,
) -> Result<Page<Member>, ContactListError> {
    let place = at_home(app, caller, Permission::ContactsRead).await?;
    read(&place, id).await?;
    Ok(place.store.members(id, page).await?.map_err(Denied::from)?)
}

/// Puts a contact on a list. Doing it again changes nothing.
pub async fn add(
    app: &App,
    caller: &Caller,
    id: ContactListId,
    contact: ContactId,
) -> Result<(), ContactListError> {
    let place = at_home(app, caller, Permission::ContactsManage).await?;
    let added = json!({"contact_added": contact});
    let entry = caller.audit(app, AuditAction::ContactListChanged, id, &NOTHING, &added);
    match place.store.add_member(id, contact, app.now(), &entry.into()).await? {
        ListAddition::Added | ListAddition::Already => Ok(()),
        ListAddition::NoSuchList | ListAddition::NoSuchContact => Err(Denied::NotFound.into()),
    }
}

/// Takes a contact off a list. Doing it again changes nothing.
pub async fn take_off(
    app: &App,
    caller: &Caller,
    id: ContactListId,
    contact: ContactId,
) -> Result<(), ContactListError> {
    let place = at_home(app, caller, Permission::ContactsManage).await?;
    read(&place, id).await?;
    place.store.contact(contact).await?.ok_or(Denied::NotFound)?;
    let removed = json!({"contact_removed": contact});
    let entry = caller.audit(app, AuditAction::ContactListChanged, id, &NOTHING, &removed);
    place.store.remove_member(id, contact, &Traces::from(entry)).await?;
    Ok(())
}

/// A part of a list, to be taken out of the product. The audit log knows of it before anybody has it (A20).
pub async fn export(
    app: &App,
    caller: &Caller,
    id: ContactListId,
    cursor: Option<&str>,
) -> Result<Page<Member>, ContactListError> {
    let place = at_home(app, caller, Permission::ContactsExport).await?;
    read(&place, id).await?;
    let page = PageRequest { limit: EXPORTED_AT_ONCE, cursor };
    let part = place.store.members(id, page).await?.map_err(Denied::from)?;
    let what = json!({"contacts": part.items.len(), "first_part": cursor.is_none()});
    let entry = caller.audit(app, AuditAction::ContactsExported, id, &NOTHING, &what);
    place.store.put_audit(&entry).await?;
    Ok(part)
}

/// Goes on with clearing away who was on lists that have been removed. Called every minute.
pub async fn clear(app: &App) -> Result<u32, Failure> {
    let mut worked = 0_u32;
    for (account, list) in app.store.due_clearings(app.now(), CLEARINGS).await? {
        clear_one(app, account, list).await?;
        worked = worked.saturating_add(1);
    }
    Ok(worked)
}

async fn clear_one(app: &App, account: AccountId, list: ContactListId) -> Result<(), StoreError> {
    let store = app.store.account(account);
    for _ in 0..ROUNDS_MAX {
        if store.clear_contact_list(list, CLEARED_AT_ONCE).await? {
            break;
        }
    }
    Ok(())
}
