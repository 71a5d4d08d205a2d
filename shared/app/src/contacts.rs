//! Contacts: the customers of an account, as people see and change them (B15, C20, E04, E06).
//!
//! A number or an e-mail address belongs to one contact of the account. Who changes a contact replaces whole lists of numbers
//! and addresses, so the same change twice is the same change once. A contact who is removed is forgotten: their profile,
//! notes and memberships go. Their conversations stay, as the record of what was sent to which number, and so does what the
//! numbers have said about consent (I07).

pub mod activity;
pub mod fields;
mod leaving;
pub mod merge;
pub mod notes;

use std::collections::BTreeMap;

use domain::{
    access::Permission,
    account::ZoneName,
    audit::AuditAction,
    contact::{Contact, CustomFields, FieldKey, FieldText, TooMuch, distinct},
    email::EmailAddress,
    happening::{Happening, HappeningKind},
    id::{ContactId, UserId},
    name::DisplayName,
    phone::{PhoneNumber, PhoneNumberError, Region},
    quiet_hours::{self, Location},
    timeline::Actor,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::{
    AccountStore, Activity, ContactFieldsRecord, ContactSave, ContactSaved, Page, PageRequest, StoreError,
    TracesOfAll,
};

use crate::{
    App, Caller, Failure,
    administered::{Deed, Denied, Place, Whose, place},
    conversations::{ATTEMPTS_MAX, ConversationError, Shown, all_shown},
};
pub(crate) use leaving::change_quietly;
pub use leaving::clear;

/// So much of a custom field's value is in the audit log: what it was about, not all of it.
const LOGGED_CHARACTERS_MAX: usize = 100;

/// Why a contact was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nothing says who it is.
    #[error("a contact has a name, a number or an e-mail address")]
    Nobody,
    /// A number is none.
    #[error("number {place}: {error}")]
    Number {
        /// Its place in the request.
        place: usize,
        /// What is wrong with it.
        error: PhoneNumberError,
    },
    /// A number belongs to somebody else.
    #[error("another contact has number {place}")]
    NumberTaken {
        /// Its place in the request.
        place: usize,
        /// Who has it.
        by: ContactId,
    },
    /// An e-mail address belongs to somebody else.
    #[error("another contact has e-mail address {place}")]
    EmailTaken {
        /// Its place in the request.
        place: usize,
        /// Who has it.
        by: ContactId,
    },
    /// More than a contact has.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// The owner is nobody of the account.
    #[error("there is no such member of staff")]
    NoSuchOwner,
    /// The account has no such custom field.
    #[error("the account has no custom field {0}")]
    NoSuchField(FieldKey),
}

impl From<StoreError> for ContactError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

impl From<Failure> for ContactError {
    fn from(failure: Failure) -> Self {
        Self::Denied(Denied::Failure(failure))
    }
}

/// Who a new contact is.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Their name.
    pub name: Option<DisplayName>,
    /// Their numbers, as people write them.
    pub numbers: Vec<String>,
    /// Their e-mail addresses.
    pub emails: Vec<EmailAddress>,
    /// Custom fields.
    pub fields: CustomFields,
    /// Who looks after them.
    pub owner: Option<UserId>,
    /// Where they are.
    pub location: Location,
}

/// What to change of a contact; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// Their name; `Some(None)`: none.
    pub name: Option<Option<DisplayName>>,
    /// All their numbers, as people write them.
    pub numbers: Option<Vec<String>>,
    /// All their e-mail addresses.
    pub emails: Option<Vec<EmailAddress>>,
    /// Custom fields to set, or to clear.
    pub fields: BTreeMap<FieldKey, Option<FieldText>>,
    /// Who looks after them; `Some(None)`: nobody.
    pub owner: Option<Option<UserId>>,
    /// Their zone; `Some(None)`: not known.
    pub time_zone: Option<Option<ZoneName>>,
    /// Their country, or the part of it; `Some(None)`: not known.
    pub place: Option<Option<quiet_hours::Place>>,
}

/// What the audit log shows of a contact.
pub(crate) fn logged(it: &Contact) -> Value {
    let cut = |text: &FieldText| text.as_str().chars().take(LOGGED_CHARACTERS_MAX).collect::<String>();
    let fields: BTreeMap<&str, String> =
        it.fields.iter().map(|(key, text)| (key.as_str(), cut(text))).collect();
    json!({
        "name": it.name, "numbers": it.numbers, "emails": it.emails, "fields": fields,
        "owner_id": it.owner, "location": it.location, "blocked_since": it.blocked_since,
    })
}

/// The account, if the caller may see contacts.
async fn reading<'a>(app: &'a App, caller: &'a Caller) -> Result<Place<'a>, Denied> {
    place(app, caller, Whose::Own, Permission::ContactsRead).await
}

/// The account, if the caller may change contacts.
async fn managing<'a>(app: &'a App, caller: &'a Caller) -> Result<Place<'a>, Denied> {
    place(app, caller, Whose::Own, Permission::ContactsManage).await
}

async fn read(store: &AccountStore, id: ContactId) -> Result<Contact, ContactError> {
    Ok(store.contact(id).await?.ok_or(Denied::NotFound)?)
}

/// A contact without the values of custom fields that the account no longer has.
fn shown(mut contact: Contact, defined: &ContactFieldsRecord) -> Contact {
    contact.fields.retain(|key, _| defined.has(key));
    contact
}

/// A page of the account's contacts, in the order in which the account came to know them.
pub async fn list(app: &App, caller: &Caller, page: PageRequest<'_>) -> Result<Page<Contact>, ContactError> {
    let place = reading(app, caller).await?;
    let found = place.store.contacts(page).await?.map_err(Denied::from)?;
    let defined = place.store.contact_fields().await?;
    let items = found.items.into_iter().map(|it| shown(it, &defined)).collect();
    Ok(Page { items, next_cursor: found.next_cursor })
}

/// A contact.
pub async fn get(app: &App, caller: &Caller, id: ContactId) -> Result<Contact, ContactError> {
    let place = reading(app, caller).await?;
    let contact = read(&place.store, id).await?;
    Ok(shown(contact, &place.store.contact_fields().await?))
}

/// Makes a contact.
pub async fn create(app: &App, caller: &Caller, profile: &Profile) -> Result<Contact, ContactError> {
    let place = managing(app, caller).await?;
    let wanted = Wanted::read(&place.store, Some(&profile.numbers), &profile.fields).await?;
    require_owner(&place.store, profile.owner).await?;
    let at = app.now();
    let contact = Contact {
        name: profile.name.clone(),
        numbers: distinct(&wanted.numbers),
        emails: distinct(&profile.emails),
        fields: profile.fields.clone(),
        owner: profile.owner,
        location: profile.location.clone(),
        ..Contact::new(app.new_id(), at)
    };
    if !contact.is_somebody() {
        return Err(ContactError::Nobody);
    }
    contact.fits()?;
    for _ in 0..ATTEMPTS_MAX {
        let mut after = contact.clone();
        after.blocked_since = on_stop_list(&place.store, &after.numbers).await?;
        let deed = Deed::made(AuditAction::ContactCreated, &after.id, logged(&after));
        let activity = happening(app, HappeningKind::contact_created(), caller.timeline_actor());
        let saved = save(&place, None, after, activity, &deed).await?;
        if let Some(contact) = outcome(saved, &wanted.numbers, &profile.emails)? {
            return Ok(contact);
        }
    }
    Err(StoreError::Contention.into())
}

/// Changes a contact. The same change again changes nothing.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: ContactId,
    change: &ProfileChange,
) -> Result<Contact, ContactError> {
    let place = managing(app, caller).await?;
    read(&place.store, id).await?;
    let set = change.fields.iter().filter_map(|(key, text)| Some((key.clone(), text.clone()?))).collect();
    let wanted = Wanted::read(&place.store, change.numbers.as_deref(), &set).await?;
    require_owner(&place.store, change.owner.flatten()).await?;
    let emails = change.emails.clone().unwrap_or_default();
    for _ in 0..ATTEMPTS_MAX {
        let before = read(&place.store, id).await?;
        let mut after = changed(shown(before.clone(), &wanted.defined), change, &wanted);
        if !after.is_somebody() {
            return Err(ContactError::Nobody);
        }
        after.fits()?;
        let added: Vec<_> = after.numbers.iter().filter(|it| !before.numbers.contains(it)).cloned().collect();
        let listed = on_stop_list(&place.store, &added).await?;
        after.blocked_since = after.blocked_since.or(listed);
        if after == shown(before.clone(), &wanted.defined) {
            return Ok(after);
        }
        after.updated_at = app.now();
        let deed = Deed::changed(AuditAction::ContactChanged, &id, logged(&before), logged(&after));
        let activity = happening(app, HappeningKind::contact_updated(), caller.timeline_actor());
        let saved = save(&place, Some(&before), after, activity, &deed).await?;
        if let Some(contact) = outcome(saved, &wanted.numbers, &emails)? {
            return Ok(contact);
        }
    }
    Err(StoreError::Contention.into())
}

fn changed(before: Contact, change: &ProfileChange, wanted: &Wanted) -> Contact {
    let mut after = before;
    if let Some(name) = &change.name {
        after.name.clone_from(name);
    }
    if change.numbers.is_some() {
        after.numbers = distinct(&wanted.numbers);
    }
    if let Some(emails) = &change.emails {
        after.emails = distinct(emails);
    }
    if let Some(owner) = change.owner {
        after.owner = owner;
    }
    if let Some(time_zone) = &change.time_zone {
        after.location.time_zone.clone_from(time_zone);
    }
    if let Some(place) = &change.place {
        after.location.place.clone_from(place);
    }
    for (key, text) in &change.fields {
        match text {
            Some(text) => after.fields.insert(key.clone(), text.clone()),
            None => after.fields.remove(key),
        };
    }
    after
}

/// Puts a contact on the stop list, or takes them off it (B15). Doing it again changes nothing.
pub async fn block(
    app: &App,
    caller: &Caller,
    id: ContactId,
    blocked: bool,
) -> Result<Contact, ContactError> {
    let place = managing(app, caller).await?;
    let defined = place.store.contact_fields().await?;
    for _ in 0..ATTEMPTS_MAX {
        let before = read(&place.store, id).await?;
        if before.blocked_since.is_some() == blocked {
            return Ok(shown(before, &defined));
        }
        let at = app.now();
        let after = Contact { blocked_since: blocked.then_some(at), updated_at: at, ..before.clone() };
        let action = if blocked { AuditAction::ContactBlocked } else { AuditAction::ContactUnblocked };
        let deed = Deed::changed(action, &id, logged(&before), logged(&after));
        match save(&place, Some(&before), after, Vec::new(), &deed).await? {
            ContactSaved::Done(contact) => return Ok(shown(*contact, &defined)),
            ContactSaved::Changed => {}
            ContactSaved::NumberTaken(..) | ContactSaved::EmailTaken(..) => {
                return Err(Failure::Broken("a number that was a contact's is another's").into());
            }
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes a contact: who they are is forgotten at once, their notes and memberships soon after. Their conversations stay as
/// the record of what was sent, with nothing but the number. The audit log says that it was done, not who it was.
pub async fn remove(app: &App, caller: &Caller, id: ContactId) -> Result<(), ContactError> {
    let place = managing(app, caller).await?;
    for _ in 0..ATTEMPTS_MAX {
        let before = read(&place.store, id).await?;
        let what = json!({"numbers": before.numbers.len(), "emails": before.emails.len()});
        let deed = Deed::removed(AuditAction::ContactRemoved, &id, what);
        if place.store.remove_contact(&before, app.now(), &place.traces(&deed)).await? {
            leaving::begin(app, caller.account, id).await;
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

/// A page of a contact's conversations over all gateways that the caller may read (C05, E04, X09). A page may have fewer than
/// were asked for, even none, and still have a next.
pub async fn conversations(
    app: &App,
    caller: &Caller,
    id: ContactId,
    page: PageRequest<'_>,
) -> Result<Page<Shown>, ContactError> {
    let place = reading(app, caller).await?;
    read(&place.store, id).await?;
    let viewer = caller.viewer();
    let mut found = place.store.conversations_of(id, page).await?.map_err(Denied::from)?;
    let inbox = caller.require(Permission::MessagesManage).is_ok();
    found.items.retain(|it| inbox && viewer.may_read(&it.assignees));
    let pins = place.store.pins(caller.user).await?;
    let items = all_shown(app, caller, &pins, found.items).await.map_err(|error| match error {
        ConversationError::Failure(failure) => failure,
        _ => Failure::Broken("what may be read could not be shown"),
    })?;
    Ok(Page { items, next_cursor: found.next_cursor })
}

/// What a request names, read against the account.
struct Wanted {
    numbers: Vec<PhoneNumber>,
    defined: ContactFieldsRecord,
}

impl Wanted {
    async fn read(
        store: &AccountStore,
        numbers: Option<&[String]>,
        fields: &CustomFields,
    ) -> Result<Self, ContactError> {
        let defined = store.contact_fields().await?;
        if let Some(key) = fields.keys().find(|key| !defined.has(key)) {
            return Err(ContactError::NoSuchField(key.clone()));
        }
        let numbers = numbers.unwrap_or_default();
        let home = if numbers.is_empty() { None } else { Some(home(store).await?) };
        let parse = |(place, text): (usize, &String)| {
            PhoneNumber::parse(text, home).map_err(|error| ContactError::Number { place, error })
        };
        let numbers = numbers.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { numbers, defined })
    }
}

/// The country in which numbers without a country code are.
async fn home(store: &AccountStore) -> Result<Region, ContactError> {
    let settings = store.settings().await?;
    Ok(settings.ok_or(Failure::Broken("the account has no settings"))?.region)
}

/// An owner is a member of staff of the account. Who leaves stays the owner until somebody else is: that they were is known.
async fn require_owner(store: &AccountStore, owner: Option<UserId>) -> Result<(), ContactError> {
    let Some(owner) = owner else { return Ok(()) };
    let found = store.user(owner).await?.map(|record| record.user);
    if found.is_some_and(|user| user.is_staff()) { Ok(()) } else { Err(ContactError::NoSuchOwner) }
}

/// Since when one of these numbers, which somebody is to get, is on the stop list: then the contact is.
pub(crate) async fn on_stop_list(
    store: &AccountStore,
    numbers: &[PhoneNumber],
) -> Result<Option<Timestamp>, StoreError> {
    let mut since = None;
    for number in numbers {
        let listed = store.number(number).await?.filter(|known| known.released);
        since = since.or(listed.and_then(|known| known.blocked_since));
    }
    Ok(since)
}

/// Something that the product itself tells of a contact (D12).
pub(crate) fn happening(app: &App, kind: HappeningKind, actor: Actor) -> Vec<Activity> {
    let it = Happening { id: app.new_id(), kind, title: None, occurred_at: None, actor };
    vec![Activity::happening(it)]
}

async fn save(
    place: &Place<'_>,
    before: Option<&Contact>,
    after: Contact,
    activity: Vec<Activity>,
    deed: &Deed,
) -> Result<ContactSaved, StoreError> {
    let traces: TracesOfAll = place.traces(deed);
    let save = ContactSave { before, after, absorbed: None, activity, traces: &traces };
    place.store.save_contact(save).await
}

/// The contact as it was written; `None`: try again.
fn outcome(
    saved: ContactSaved,
    numbers: &[PhoneNumber],
    emails: &[EmailAddress],
) -> Result<Option<Contact>, ContactError> {
    match saved {
        ContactSaved::Done(contact) => Ok(Some(*contact)),
        ContactSaved::Changed => Ok(None),
        ContactSaved::NumberTaken(number, by) => {
            let place = numbers.iter().position(|it| *it == number).unwrap_or_default();
            Err(ContactError::NumberTaken { place, by })
        }
        ContactSaved::EmailTaken(email, by) => {
            let place = emails.iter().position(|it| *it == email).unwrap_or_default();
            Err(ContactError::EmailTaken { place, by })
        }
    }
}
