//! `/v1/tags`: the tags that an account can choose from.

use app::App;
use app::tags::TagError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::TagId;
use domain::tag::{TagColour, TagName};
use http_api::{
    Caller, Code, FieldError, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent,
    schema,
};
use serde::{Deserialize, Serialize};

/// A tag.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tag {
    /// Its id.
    #[schema(value_type = schema::TagId)]
    id: TagId,
    /// What it says.
    #[schema(value_type = schema::TagName)]
    name: TagName,
    /// How it looks.
    #[schema(value_type = schema::TagColour)]
    colour: TagColour,
}

impl From<domain::tag::Tag> for Tag {
    fn from(it: domain::tag::Tag) -> Self {
        Self { id: it.id, name: it.name, colour: it.colour }
    }
}

/// A tag to make.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTag {
    /// What it says. No other tag may say the same, in whatever case.
    #[schema(value_type = schema::TagName)]
    name: TagName,
    /// How it looks; grey if nothing is said.
    #[serde(default)]
    #[schema(value_type = schema::TagColour, required = false)]
    colour: TagColour,
}

/// What to change of a tag. What is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagChange {
    /// What it says from now on.
    #[schema(value_type = Option<schema::TagName>)]
    name: Option<TagName>,
    /// How it looks from now on.
    #[schema(value_type = Option<schema::TagColour>)]
    colour: Option<TagColour>,
}

fn problem(error: TagError) -> Problem {
    match error {
        TagError::Denied(denied) => denied.into(),
        TagError::NameTaken => Problem::invalid(FieldError::body(["name"], Code::Taken, error.to_string())),
        TagError::TooMany => Problem::Conflict(error.to_string().into()),
    }
}

/// List tags
///
/// In the order in which they were made. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/tags", operation_id = "list_tags", tag = "tags", params(PageQuery),
    extensions(("x-permission" = json!("messages:manage"))),
    responses(
        (status = 200, description = "A page of the account's tags.", body = Page<Tag>),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Tag>>, Problem> {
    let found = app::tags::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Tag::from)))
}

/// Make a tag
///
/// An account has at most 200. Needs `tags:manage`.
#[utoipa::path(
    post, path = "/v1/tags", operation_id = "create_tag", tag = "tags", params(IdempotencyKey),
    extensions(("x-permission" = json!("tags:manage"))),
    request_body = NewTag,
    responses(
        (status = 201, description = "The tag.", body = Tag),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`in-progress`, `conflict`: there are 200"),
        (status = 422, description = "`invalid`: for example a name that is taken; `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewTag>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let made = app::tags::create(&app, &caller, body.name, body.colour).await.map_err(problem)?;
        Ok((StatusCode::CREATED, Tag::from(made)))
    });
    idempotent(&app, &caller, key, "create a tag", &request, run).await
}

/// Change a tag
///
/// Conversations that have it show it as it is from now on. Needs `tags:manage`.
#[utoipa::path(
    patch, path = "/v1/tags/{tag_id}", operation_id = "change_tag", tag = "tags",
    extensions(("x-permission" = json!("tags:manage"))),
    params(("tag_id" = inline(schema::TagId), Path, description = "The tag.")),
    request_body = TagChange,
    responses(
        (status = 200, description = "The tag.", body = Tag),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`: for example a name that is taken"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<TagId>,
    Valid(body): Valid<TagChange>,
) -> Result<Json<Tag>, Problem> {
    let changed = app::tags::update(&app, &caller, id, body.name, body.colour).await.map_err(problem)?;
    Ok(Json(changed.into()))
}

/// Remove a tag
///
/// Conversations lose it within minutes. Needs `tags:manage`.
#[utoipa::path(
    delete, path = "/v1/tags/{tag_id}", operation_id = "remove_tag", tag = "tags",
    extensions(("x-permission" = json!("tags:manage"))),
    params(("tag_id" = inline(schema::TagId), Path, description = "The tag.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<TagId>,
) -> Result<StatusCode, Problem> {
    app::tags::remove(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
