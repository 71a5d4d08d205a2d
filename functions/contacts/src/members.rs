//! `/v1/contact-lists/{contact_list_id}/contacts`: who is on a list.

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{ContactId, ContactListId};
use http_api::{Caller, Page, PageQuery, Param, Problem, Query, schema};

use crate::body::Member;
use crate::problem;

/// List the contacts on a list
///
/// In the order in which the account came to know them. Needs `contacts:read`.
#[utoipa::path(
    get, path = "/v1/contact-lists/{contact_list_id}/contacts", operation_id = "list_contacts_on_list",
    tag = "contacts",
    extensions(("x-permission" = json!("contacts:read"))),
    params(("contact_list_id" = inline(schema::ContactListId), Path, description = "The list."), PageQuery),
    responses(
        (status = 200, description = "A page of those who are on the list.", body = Page<Member>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactListId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Member>>, Problem> {
    let found = app::contact_lists::contacts(&app, &caller, id, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Member::from)))
}

/// Put a contact on a list
///
/// Doing it again changes nothing. Needs `contacts:manage`.
#[utoipa::path(
    put, path = "/v1/contact-lists/{contact_list_id}/contacts/{contact_id}", operation_id = "add_contact_to_list",
    tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(
        ("contact_list_id" = inline(schema::ContactListId), Path, description = "The list."),
        ("contact_id" = inline(schema::ContactId), Path, description = "The contact."),
    ),
    responses(
        (status = 204, description = "The contact is on the list."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    Param((list, contact)): Param<(ContactListId, ContactId)>,
) -> Result<StatusCode, Problem> {
    app::contact_lists::add(&app, &caller, list, contact).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a contact off a list
///
/// Doing it again changes nothing. Needs `contacts:manage`.
#[utoipa::path(
    delete, path = "/v1/contact-lists/{contact_list_id}/contacts/{contact_id}",
    operation_id = "take_contact_off_list", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(
        ("contact_list_id" = inline(schema::ContactListId), Path, description = "The list."),
        ("contact_id" = inline(schema::ContactId), Path, description = "The contact."),
    ),
    responses(
        (status = 204, description = "The contact is not on the list."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param((list, contact)): Param<(ContactListId, ContactId)>,
) -> Result<StatusCode, Problem> {
    app::contact_lists::take_off(&app, &caller, list, contact).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
