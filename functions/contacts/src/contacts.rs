//! `/v1/contacts`: the account's customers (B15, C20, E06).

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::ContactId;
use http_api::{
    Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, resource, schema,
};

use crate::contact_body::{Contact, ContactChangeBody, MergeBody, NewContact};
use crate::contact_problem::{merge_problem, problem};

/// List contacts
///
/// In the order in which the account came to know them. Needs `contacts:read`.
#[utoipa::path(
    get, path = "/v1/contacts", operation_id = "list_contacts", tag = "contacts", params(PageQuery),
    extensions(("x-permission" = json!("contacts:read"))),
    responses(
        (status = 200, description = "A page of the account's contacts.", body = Page<Contact>),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Contact>>, Problem> {
    let found = app::contacts::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Contact::from)))
}

/// Make a contact
///
/// With a name, a number or an e-mail address. Numbers without a country code are of the account's country. Each number and
/// each address belongs to one contact: if somebody has it already, `contact-taken` says who. Needs `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contacts", operation_id = "create_contact", tag = "contacts", params(IdempotencyKey),
    extensions(("x-permission" = json!("contacts:manage"))),
    request_body = NewContact,
    responses(
        (status = 201, description = "The contact.", body = Contact),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`contact-taken`, `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewContact>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let made = app::contacts::create(&app, &caller, &body.into()).await.map_err(problem)?;
        Ok((StatusCode::CREATED, Contact::from(made)))
    });
    idempotent(&app, &caller, key, "create a contact", &request, run).await
}

/// Get a contact
///
/// Needs `contacts:read`.
#[utoipa::path(
    get, path = "/v1/contacts/{contact_id}", operation_id = "get_contact", tag = "contacts",
    extensions(("x-permission" = json!("contacts:read"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact.")),
    responses(
        (status = 200, description = "The contact.", body = Contact),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
) -> Result<Json<Contact>, Problem> {
    Ok(Json(app::contacts::get(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Change a contact
///
/// What is absent stays as it is; lists of numbers and addresses are replaced as a whole. Needs `contacts:manage`.
#[utoipa::path(
    patch, path = "/v1/contacts/{contact_id}", operation_id = "change_contact", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact.")),
    request_body = ContactChangeBody,
    responses(
        (status = 200, description = "The contact as it is now.", body = Contact),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`contact-taken`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
    Valid(body): Valid<ContactChangeBody>,
) -> Result<Json<Contact>, Problem> {
    let changed = app::contacts::update(&app, &caller, id, &body.into()).await.map_err(problem)?;
    Ok(Json(changed.into()))
}

/// Remove a contact
///
/// Who they are is forgotten: name, addresses, custom fields, notes, memberships in lists. Their conversations stay, as the
/// record of what was sent to which number; a number that has opted out or is on the stop list stays so. Needs
/// `contacts:manage`.
#[utoipa::path(
    delete, path = "/v1/contacts/{contact_id}", operation_id = "remove_contact", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact.")),
    responses(
        (status = 204, description = "The contact is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
) -> Result<StatusCode, Problem> {
    app::contacts::remove(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Block a contact
///
/// Puts all their numbers on the stop list: nothing is sent to them, and what they write is kept in the archive and tells nobody.
/// Doing it again changes nothing. Needs `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contacts/{contact_id}/block", operation_id = "block_contact", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact.")),
    responses(
        (status = 200, description = "The contact as it is now.", body = Contact),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn block(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
) -> Result<Json<Contact>, Problem> {
    Ok(Json(app::contacts::block(&app, &caller, id, true).await.map_err(problem)?.into()))
}

/// Unblock a contact
///
/// Takes them off the stop list. Doing it again changes nothing. Needs `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contacts/{contact_id}/unblock", operation_id = "unblock_contact", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact.")),
    responses(
        (status = 200, description = "The contact as it is now.", body = Contact),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn unblock(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
) -> Result<Json<Contact>, Problem> {
    Ok(Json(app::contacts::block(&app, &caller, id, false).await.map_err(problem)?.into()))
}

/// Merge two contacts
///
/// The other contact becomes one with this one: its numbers, addresses, custom fields, notes, memberships and conversations are
/// this one's from now on, and its id ends. What both have, such as a name, stays this one's. If either was blocked, this one is.
/// Notes and memberships of a contact with very many of them may take some minutes to arrive. Doing it again changes nothing.
/// Needs `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contacts/{contact_id}/merge", operation_id = "merge_contacts", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact that stays.")),
    request_body = MergeBody,
    responses(
        (status = 200, description = "The contact as it is now.", body = Contact),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: together they have more than a contact has"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn merge(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
    Valid(body): Valid<MergeBody>,
) -> Result<Json<Contact>, Problem> {
    let merged =
        app::contacts::merge::merge(&app, &caller, id, body.contact_id).await.map_err(merge_problem)?;
    Ok(Json(merged.into()))
}

/// List a contact's conversations
///
/// With all their numbers, over all gateways, as far as you may read them, on each page the one that was active last first: a
/// page may have fewer than were asked for, even none, although more follow. Needs `contacts:read`; without `messages:manage` there are none to see.
#[utoipa::path(
    get, path = "/v1/contacts/{contact_id}/conversations", operation_id = "list_conversations_of_contact",
    tag = "contacts",
    extensions(("x-permission" = json!("contacts:read"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact."), PageQuery),
    responses(
        (status = 200, description = "A page of their conversations.", body = Page<resource::Conversation>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn conversations(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<resource::Conversation>>, Problem> {
    let found = app::contacts::conversations(&app, &caller, id, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, resource::Conversation::from)))
}
