//! Saved views of the inbox: making, changing and removing them, and what they show to whom (D03, D05, I10).
//!
//! What a view names has to exist when it is saved. What vanishes afterwards is said by the view itself, which then shows
//! nothing until it is changed: showing more than was meant would be worse.

use domain::{
    access::Permission,
    audit::AuditAction,
    id::SavedViewId,
    name::DisplayName,
    saved_view::{AssignedTo, Filter, SavedView, VIEWS_MAX},
    scope::Scope,
};
use serde_json::{Value, json};
use storage::{AccountStore, Page, PageRequest, SavedViewRecord, StoreError};

use crate::{
    App, Caller, Failure,
    administered::{self, Deed, Denied, Place, place},
    conversations::{ATTEMPTS_MAX, Selection, Whose},
    scopes::{Reach, ScopeError, may_change, scope_for},
};

/// Whoever is in the inbox has views of their own.
const OWN: Permission = Permission::MessagesManage;
/// What everybody sees.
const MANAGE: Permission = Permission::ViewsManage;

/// Something that a view names and that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The colleague.
    User,
    /// The gateway.
    Gateway,
    /// The tag.
    Tag,
}

/// Why a view was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Something that it names does not exist.
    #[error("there is no such thing")]
    NoSuch(Missing),
    /// What it names is no longer there, so it shows nothing.
    #[error("the saved view names something that does not exist any more; change it first")]
    Broken {
        /// What.
        missing: Vec<Missing>,
    },
    /// There are as many as there can be.
    #[error("there are at most {VIEWS_MAX} saved views here")]
    TooMany,
}

impl From<StoreError> for ViewError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

impl From<Failure> for ViewError {
    fn from(failure: Failure) -> Self {
        Self::Denied(failure.into())
    }
}

impl From<ScopeError> for ViewError {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Forbidden(forbidden) => Self::Denied(forbidden.into()),
            ScopeError::NoSuchTeam => Self::Denied(Failure::Broken("no view is a team's").into()),
        }
    }
}

/// A view, and what of it has vanished since it was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The view.
    pub view: SavedView,
    /// What it names that is no longer there; while there is anything, it shows nothing.
    pub missing: Vec<Missing>,
}

/// What to change of a view; `None` leaves as it is. Whether it is shared stays.
#[derive(Clone, Debug, Default)]
pub struct ViewChange {
    /// Its name.
    pub name: Option<DisplayName>,
    /// What it shows.
    pub filter: Option<Filter>,
}

/// What the audit log shows of a view.
fn shown(it: &SavedView) -> Value {
    json!({"name": it.name, "filter": it.filter, "shared": it.scope == Scope::Account})
}

/// Views are everybody's or one person's.
fn scopes(caller: &Caller) -> std::collections::BTreeSet<Scope> {
    [Scope::Account, Scope::Personal { user: caller.user }].into()
}

/// A page of the views that are shared, and then of the caller's own.
pub async fn list(app: &App, caller: &Caller, page: PageRequest<'_>) -> Result<Page<Shown>, ViewError> {
    let place = place(app, caller, administered::Whose::Own, OWN).await?;
    let found = place.store.saved_views(&scopes(caller), page).await?.map_err(Denied::from)?;
    let mut items = Vec::with_capacity(found.items.len());
    let mut known = Known::default();
    for view in found.items {
        items.push(known.look(app, &place.store, view).await?);
    }
    Ok(Page { items, next_cursor: found.next_cursor })
}

/// A view that the caller has.
pub async fn get(app: &App, caller: &Caller, id: SavedViewId) -> Result<Shown, ViewError> {
    let place = place(app, caller, administered::Whose::Own, OWN).await?;
    let record = read(&place, caller, id).await?;
    Known::default().look(app, &place.store, record.view).await
}

async fn read(place: &Place<'_>, caller: &Caller, id: SavedViewId) -> Result<SavedViewRecord, ViewError> {
    Ok(place.store.saved_view(&scopes(caller), id).await?.ok_or(Denied::NotFound)?)
}

/// What was found out about the things that views name, so that many views of one page ask once.
#[derive(Default)]
struct Known(std::collections::BTreeMap<String, bool>);

impl Known {
    async fn look(&mut self, app: &App, store: &AccountStore, view: SavedView) -> Result<Shown, ViewError> {
        let missing = self.missing(app, store, &view.filter).await?;
        Ok(Shown { view, missing })
    }

    async fn missing(
        &mut self,
        app: &App,
        store: &AccountStore,
        filter: &Filter,
    ) -> Result<Vec<Missing>, ViewError> {
        let mut missing = Vec::new();
        if let Some(AssignedTo::User { user }) = filter.assigned_to {
            let name = user.to_string();
            let exists = match self.0.get(&name) {
                Some(exists) => *exists,
                None => store.user(user).await?.is_some_and(|it| it.user.is_staff()),
            };
            self.note(name, exists, Missing::User, &mut missing);
        }
        if let Some(gateway) = filter.gateway {
            let name = gateway.to_string();
            let exists = match self.0.get(&name) {
                Some(exists) => *exists,
                None => app.gateways.gateway_in(app, store.id(), gateway).await?.is_some(),
            };
            self.note(name, exists, Missing::Gateway, &mut missing);
        }
        if let Some(tag) = filter.tag {
            let name = tag.to_string();
            let exists = match self.0.get(&name) {
                Some(exists) => *exists,
                None => store.tag(tag).await?.is_some(),
            };
            self.note(name, exists, Missing::Tag, &mut missing);
        }
        Ok(missing)
    }

    fn note(&mut self, name: String, exists: bool, what: Missing, missing: &mut Vec<Missing>) {
        self.0.insert(name, exists);
        if !exists {
            missing.push(what);
        }
    }
}

/// The conversations that a view means when the caller looks through it.
pub async fn selection(app: &App, caller: &Caller, id: SavedViewId) -> Result<Selection, ViewError> {
    let Shown { view, missing } = get(app, caller, id).await?;
    if !missing.is_empty() {
        return Err(ViewError::Broken { missing });
    }
    let Filter { view, assigned_to, gateway, tag } = view.filter;
    let whose = match assigned_to {
        None => Whose::All,
        Some(AssignedTo::Nobody) => Whose::Unassigned,
        Some(AssignedTo::Me) => Whose::User(caller.user),
        Some(AssignedTo::User { user }) => Whose::User(user),
    };
    Ok(Selection { view, whose, gateway, tag })
}

/// Insists that everything exists that a view names.
async fn check(app: &App, place: &Place<'_>, filter: &Filter) -> Result<(), ViewError> {
    let missing = Known::default().missing(app, &place.store, filter).await?;
    missing.first().map_or(Ok(()), |it| Err(ViewError::NoSuch(*it)))
}

/// Saves a view.
pub async fn create(
    app: &App,
    caller: &Caller,
    name: DisplayName,
    filter: Filter,
    shared: bool,
) -> Result<Shown, ViewError> {
    let place = place(app, caller, administered::Whose::Own, OWN).await?;
    let reach = if shared { Reach::Account } else { Reach::Personal };
    let scope = scope_for(caller, reach, OWN, MANAGE)?;
    check(app, &place, &filter).await?;
    if place.store.count_saved_views(scope, VIEWS_MAX).await? >= VIEWS_MAX {
        return Err(ViewError::TooMany);
    }
    let view = SavedView { id: app.new_id(), name, filter, scope, created_at: app.now() };
    let deed = Deed::made(AuditAction::SavedViewCreated, &view.id, shown(&view));
    let record = SavedViewRecord { view, version: 0 };
    if place.store.save_saved_view(&record, &place.traces(&deed)).await? {
        Ok(Shown { view: record.view, missing: Vec::new() })
    } else {
        Err(Failure::Broken("a new id was not new").into())
    }
}

/// Changes a view.
pub async fn change(
    app: &App,
    caller: &Caller,
    id: SavedViewId,
    wanted: ViewChange,
) -> Result<Shown, ViewError> {
    let place = place(app, caller, administered::Whose::Own, OWN).await?;
    for _ in 0..ATTEMPTS_MAX {
        let mut record = read(&place, caller, id).await?;
        may_change(caller, record.view.scope, OWN, MANAGE).map_err(Denied::from)?;
        if let Some(filter) = &wanted.filter {
            check(app, &place, filter).await?;
        }
        let before = record.view.clone();
        let view = &mut record.view;
        view.name = wanted.name.clone().unwrap_or_else(|| view.name.clone());
        view.filter = wanted.filter.unwrap_or(view.filter);
        let deed = Deed::changed(AuditAction::SavedViewChanged, &id, shown(&before), shown(view));
        if *view == before || place.store.save_saved_view(&record, &place.traces(&deed)).await? {
            return Known::default().look(app, &place.store, record.view).await;
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes a view.
pub async fn remove(app: &App, caller: &Caller, id: SavedViewId) -> Result<(), ViewError> {
    let place = place(app, caller, administered::Whose::Own, OWN).await?;
    for _ in 0..ATTEMPTS_MAX {
        let record = read(&place, caller, id).await?;
        may_change(caller, record.view.scope, OWN, MANAGE).map_err(Denied::from)?;
        let deed = Deed::removed(AuditAction::SavedViewRemoved, &id, shown(&record.view));
        if place.store.remove_saved_view(&record, &place.traces(&deed)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
