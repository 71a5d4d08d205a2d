//! `/v1/accounts/{account_id}/contact-lists`: the lists of a sub account, for the keywords that its master manages (A06).
//!
//! The master sees which lists there are and makes new ones; who is on them is the sub account's own business.

use app::App;
use app::administered::Whose;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::AccountId;
use http_api::{Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, schema};

use crate::body::{ContactList, NewContactList};
use crate::problem;

/// List a sub account's lists of contacts
///
/// Their names, not who is on them. Needs `accounts:manage`.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/contact-lists", operation_id = "list_contact_lists_of_sub_account",
    tag = "contacts",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account."), PageQuery),
    responses(
        (status = 200, description = "A page of its lists.", body = Page<ContactList>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Param(account): Param<AccountId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ContactList>>, Problem> {
    let whose = Whose::SubAccount(account);
    let found = app::contact_lists::list(&app, &caller, whose, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, ContactList::from)))
}

/// Make a list of contacts for a sub account
///
/// Needs `accounts:manage`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/contact-lists", operation_id = "create_contact_list_for_sub_account",
    tag = "contacts",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account."), IdempotencyKey),
    request_body = NewContactList,
    responses(
        (status = 201, description = "The list.", body = ContactList),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Param(account): Param<AccountId>,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewContactList>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let whose = Whose::SubAccount(account);
        let made = app::contact_lists::create(&app, &caller, whose, body.name).await.map_err(problem)?;
        Ok((StatusCode::CREATED, ContactList::from(made)))
    });
    idempotent(&app, &caller, key, &format!("create a contact list for {account}"), &request, run).await
}
