//! `/v1/contacts/{contact_id}/notes` and `/events`: what is noted about a contact, and what happens to them elsewhere (D12, D33
//! to D35).

use std::collections::BTreeSet;

use app::App;
use app::contacts::notes::ContactNote;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::happening::{HappeningKind, HappeningTitle};
use domain::id::{ContactId, EventId, NoteId, UserId};
use domain::note::NoteText;
use domain::timeline::EntryKind;
use http_api::resource::TimelineActor;
use http_api::{
    Caller, Code, FieldError, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent,
    schema,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contact_problem::note_problem;

/// A note about a contact. The customer never sees it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ContactNote)]
pub(crate) struct NoteBody {
    /// Its id.
    #[schema(value_type = schema::NoteId)]
    id: NoteId,
    /// What it says.
    #[schema(value_type = schema::NoteText)]
    text: NoteText,
    /// Who wrote it.
    author: TimelineActor,
    /// The colleagues it names.
    #[schema(value_type = Vec<schema::UserId>)]
    mentions: BTreeSet<UserId>,
    /// When it was written.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
    /// When it was last rewritten; null: never.
    #[schema(value_type = Option<schema::Time>, required = true)]
    edited_at: Option<Timestamp>,
}

impl From<ContactNote> for NoteBody {
    fn from(ContactNote { note, created_at, edited_at }: ContactNote) -> Self {
        let (id, text, author, mentions) = (note.id, note.text, note.author.into(), note.mentions);
        Self { id, text, author, mentions, created_at, edited_at }
    }
}

/// A note to write about a contact.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContactNote {
    /// What it says.
    #[schema(value_type = schema::NoteText)]
    text: NoteText,
    /// Colleagues it names, at most 20.
    #[serde(default)]
    #[schema(value_type = Vec<schema::UserId>, max_items = 20)]
    mentions: BTreeSet<UserId>,
}

/// What a note says from now on.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactNoteChange)]
pub(crate) struct NoteChange {
    /// What it says.
    #[schema(value_type = schema::NoteText)]
    text: NoteText,
}

/// Something that happened to a contact elsewhere.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContactEvent {
    /// What kind of thing, in a name of your choosing that is none of the product's own.
    #[schema(value_type = schema::EntryKind, example = "order_shipped")]
    kind: HappeningKind,
    /// What it was, for people; at most 200 characters on one line.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Order 17 was shipped")]
    title: Option<HappeningTitle>,
    /// When it happened, if not now; not in the future.
    #[serde(default)]
    #[schema(value_type = Option<schema::Time>)]
    occurred_at: Option<Timestamp>,
}

/// Something that happened to a contact elsewhere.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ContactEvent {
    /// Its id.
    #[schema(value_type = schema::EventId)]
    id: EventId,
    /// What kind of thing.
    #[schema(value_type = schema::EntryKind)]
    kind: HappeningKind,
    /// What it was, for people.
    #[schema(value_type = Option<String>, required = true)]
    title: Option<HappeningTitle>,
    /// When it happened, if it was told of later.
    #[schema(value_type = Option<schema::Time>, required = true)]
    occurred_at: Option<Timestamp>,
    /// When it was told of.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

/// List the notes about a contact
///
/// Newest first. A page may have fewer than were asked for although more follow. Needs `contacts:read`.
#[utoipa::path(
    get, path = "/v1/contacts/{contact_id}/notes", operation_id = "list_contact_notes", tag = "contacts",
    extensions(("x-permission" = json!("contacts:read"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact."), PageQuery),
    responses(
        (status = 200, description = "A page of the notes.", body = Page<NoteBody>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<NoteBody>>, Problem> {
    let before = page.cursor.as_deref().map(str::parse::<NoteId>).transpose();
    let before = before.map_err(|_| Problem::cursor_invalid())?;
    let limit = page.request().limit;
    let (notes, next) =
        app::contacts::notes::list(&app, &caller, id, before, limit).await.map_err(note_problem)?;
    let data = notes.into_iter().map(NoteBody::from).collect();
    Ok(Json(Page { data, next_cursor: next.map(|id| id.to_string()) }))
}

/// Write a note about a contact
///
/// It stands in the contact's activity and in the timelines of their conversations; the customer never sees it. Needs
/// `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contacts/{contact_id}/notes", operation_id = "create_contact_note", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact."), IdempotencyKey),
    request_body = NewContactNote,
    responses(
        (status = 201, description = "The note.", body = NoteBody),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewContactNote>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let NewContactNote { text, mentions } = body;
        let made =
            app::contacts::notes::add(&app, &caller, id, text, mentions).await.map_err(note_problem)?;
        Ok((StatusCode::CREATED, NoteBody::from(made)))
    });
    idempotent(&app, &caller, key, &format!("note about {id}"), &request, run).await
}

/// Rewrite a note about a contact
///
/// Only who wrote it can. Needs `contacts:manage`.
#[utoipa::path(
    patch, path = "/v1/contacts/{contact_id}/notes/{note_id}", operation_id = "change_contact_note", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(
        ("contact_id" = inline(schema::ContactId), Path, description = "The contact."),
        ("note_id" = inline(schema::NoteId), Path, description = "The note."),
    ),
    request_body = NoteChange,
    responses(
        (status = 200, description = "The note as it is now.", body = NoteBody),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: somebody else wrote it"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param((contact, note)): Param<(ContactId, NoteId)>,
    Valid(body): Valid<NoteChange>,
) -> Result<Json<NoteBody>, Problem> {
    let changed = app::contacts::notes::rewrite(&app, &caller, contact, note, body.text).await;
    Ok(Json(changed.map_err(note_problem)?.into()))
}

/// Remove a note about a contact
///
/// Only who wrote it can. Needs `contacts:manage`.
#[utoipa::path(
    delete, path = "/v1/contacts/{contact_id}/notes/{note_id}", operation_id = "remove_contact_note", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(
        ("contact_id" = inline(schema::ContactId), Path, description = "The contact."),
        ("note_id" = inline(schema::NoteId), Path, description = "The note."),
    ),
    responses(
        (status = 204, description = "The note is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: somebody else wrote it"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param((contact, note)): Param<(ContactId, NoteId)>,
) -> Result<StatusCode, Problem> {
    app::contacts::notes::remove(&app, &caller, contact, note).await.map_err(note_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tell of something that happened to a contact
///
/// A check-in, an order that was shipped, a form that was filled in: it stands in the contact's activity and in the timelines of
/// their conversations. Needs `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contacts/{contact_id}/events", operation_id = "create_contact_event", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact."), IdempotencyKey),
    request_body = NewContactEvent,
    responses(
        (status = 201, description = "What happened.", body = ContactEvent),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn tell(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewContactEvent>,
) -> Result<Response, Problem> {
    // A kind of the product's own would pass for what it says.
    if EntryKind::BUILT_IN.iter().any(|kind| kind.name() == body.kind.as_str()) {
        let detail = "this name is one of the product's own";
        return Err(Problem::invalid(FieldError::body(["kind"], Code::Taken, detail)));
    }
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let NewContactEvent { kind, title, occurred_at } = body;
        let told = app::contacts::notes::tell(&app, &caller, id, kind, title, occurred_at).await;
        let (it, created_at) = told.map_err(note_problem)?;
        let (id, kind, title, occurred_at) = (it.id, it.kind, it.title, it.occurred_at);
        Ok((StatusCode::CREATED, ContactEvent { id, kind, title, occurred_at, created_at }))
    });
    idempotent(&app, &caller, key, &format!("event of {id}"), &request, run).await
}
