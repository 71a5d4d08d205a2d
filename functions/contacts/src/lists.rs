//! `/v1/contact-lists`: the account's lists.

use app::App;
use app::administered::Whose;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::ContactListId;
use http_api::{Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, schema};

use crate::body::{ChangeBody, ContactList, NewContactList};
use crate::problem;

/// List lists of contacts
///
/// In the order in which they were made. Needs `contacts:read`.
#[utoipa::path(
    get, path = "/v1/contact-lists", operation_id = "list_contact_lists", tag = "contacts", params(PageQuery),
    extensions(("x-permission" = json!("contacts:read"))),
    responses(
        (status = 200, description = "A page of the account's lists.", body = Page<ContactList>),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ContactList>>, Problem> {
    let found = app::contact_lists::list(&app, &caller, Whose::Own, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, ContactList::from)))
}

/// Make a list of contacts
///
/// Needs `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contact-lists", operation_id = "create_contact_list", tag = "contacts",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("contacts:manage"))),
    request_body = NewContactList,
    responses(
        (status = 201, description = "The list.", body = ContactList),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewContactList>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let made = app::contact_lists::create(&app, &caller, Whose::Own, body.name).await.map_err(problem)?;
        Ok((StatusCode::CREATED, ContactList::from(made)))
    });
    idempotent(&app, &caller, key, "create a contact list", &request, run).await
}

/// Change a list of contacts
///
/// Needs `contacts:manage`.
#[utoipa::path(
    patch, path = "/v1/contact-lists/{contact_list_id}", operation_id = "change_contact_list", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_list_id" = inline(schema::ContactListId), Path, description = "The list.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The list as it is now.", body = ContactList),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactListId>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<ContactList>, Problem> {
    let changed = app::contact_lists::rename(&app, &caller, id, body.name).await.map_err(problem)?;
    Ok(Json(changed.into()))
}

/// Remove a list of contacts
///
/// Its contacts stay. Needs `contacts:manage`.
#[utoipa::path(
    delete, path = "/v1/contact-lists/{contact_list_id}", operation_id = "remove_contact_list",
    tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("contact_list_id" = inline(schema::ContactListId), Path, description = "The list.")),
    responses(
        (status = 204, description = "The list is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: a keyword puts contacts on it"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactListId>,
) -> Result<StatusCode, Problem> {
    app::contact_lists::remove(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
