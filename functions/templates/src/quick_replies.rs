//! `/v1/quick-replies`: texts at hand while composing (D32, D37).

use app::App;
use app::quick_replies::{NewQuickReply, QuickReplyChange, QuickReplyError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::{QuickReplyId, TeamId};
use domain::name::DisplayName;
use domain::template::{FieldName, TemplateText};
use http_api::{
    Caller, Code, FieldError, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent,
    schema,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::scope::{ScopeName, reach, shown};

/// A quick reply.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuickReply {
    /// Its id.
    #[schema(value_type = schema::QuickReplyId)]
    id: QuickReplyId,
    /// By what it is found.
    #[schema(value_type = schema::DisplayName, example = "Opening hours")]
    title: DisplayName,
    /// Its text.
    #[schema(value_type = schema::TemplateText)]
    text: TemplateText,
    /// Its fields, each once, as those of templates.
    #[schema(value_type = Vec<String>, example = json!(["day", "first_name"]))]
    fields: Vec<FieldName>,
    /// Who has it at hand.
    scope: ScopeName,
    /// With `team`: which team.
    #[schema(value_type = Option<schema::TeamId>, required = true)]
    team_id: Option<TeamId>,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<domain::quick_reply::QuickReply> for QuickReply {
    fn from(it: domain::quick_reply::QuickReply) -> Self {
        let domain::quick_reply::QuickReply { id, title, text, scope, created_at } = it;
        let (scope, team_id) = shown(scope);
        Self { id, title, fields: text.fields(), text, scope, team_id, created_at }
    }
}

/// A quick reply to make.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQuickReply)]
pub(crate) struct NewBody {
    /// By what it is found.
    #[schema(value_type = schema::DisplayName, example = "Opening hours")]
    title: DisplayName,
    /// Its text.
    #[schema(value_type = schema::TemplateText)]
    text: TemplateText,
    /// Who has it at hand. For anybody but yourself it takes `quick-replies:manage`.
    scope: ScopeName,
    /// With `team`: which team.
    #[schema(value_type = Option<schema::TeamId>)]
    team_id: Option<TeamId>,
}

/// What to change of a quick reply. What is absent stays as it is; who has it at hand always does.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuickReplyChange)]
pub(crate) struct ChangeBody {
    /// By what it is found.
    #[schema(value_type = Option<schema::DisplayName>, example = "Opening hours")]
    title: Option<DisplayName>,
    /// Its text.
    #[schema(value_type = Option<schema::TemplateText>)]
    text: Option<TemplateText>,
}

fn problem(error: QuickReplyError) -> Problem {
    match error {
        QuickReplyError::Denied(denied) => denied.into(),
        QuickReplyError::NoSuchTeam => {
            Problem::invalid(FieldError::body(["team_id"], Code::NoSuchThing, error.to_string()))
        }
        QuickReplyError::TooMany => Problem::Conflict(error.to_string().into()),
    }
}

/// List quick replies
///
/// Those that you have at hand: everybody's, those of your teams and your own, each in the order in which they were made; whoever
/// may manage quick replies sees those of all teams. A page may have fewer than its limit although more follow. Needs
/// `messages:manage`.
#[utoipa::path(
    get, path = "/v1/quick-replies", operation_id = "list_quick_replies", tag = "quick replies", params(PageQuery),
    extensions(("x-permission" = json!("messages:manage"))),
    responses(
        (status = 200, description = "A page of quick replies.", body = Page<QuickReply>),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<QuickReply>>, Problem> {
    let found = app::quick_replies::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, QuickReply::from)))
}

/// Make a quick reply
///
/// For yourself, or with `quick-replies:manage` for a team or everybody. Needs `messages:manage`.
#[utoipa::path(
    post, path = "/v1/quick-replies", operation_id = "create_quick_reply", tag = "quick replies",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = NewBody,
    responses(
        (status = 201, description = "The quick reply.", body = QuickReply),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 409, description = "`in-progress`; `conflict`: there are as many as there can be"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewBody>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let reach = reach(body.scope, body.team_id)?;
        let new = NewQuickReply { title: body.title, text: body.text, reach };
        let made = app::quick_replies::create(&app, &caller, new).await.map_err(problem)?;
        Ok((StatusCode::CREATED, QuickReply::from(made)))
    });
    idempotent(&app, &caller, key, "create a quick reply", &request, run).await
}

/// Get a quick reply
///
/// One that you have at hand. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/quick-replies/{quick_reply_id}", operation_id = "get_quick_reply", tag = "quick replies",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("quick_reply_id" = inline(schema::QuickReplyId), Path, description = "The quick reply.")),
    responses(
        (status = 200, description = "The quick reply.", body = QuickReply),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<QuickReplyId>,
) -> Result<Json<QuickReply>, Problem> {
    Ok(Json(app::quick_replies::get(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Change a quick reply
///
/// Messages that were made from it stay as they are. Needs `messages:manage`, and `quick-replies:manage` if it is not only yours.
#[utoipa::path(
    patch, path = "/v1/quick-replies/{quick_reply_id}", operation_id = "change_quick_reply", tag = "quick replies",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("quick_reply_id" = inline(schema::QuickReplyId), Path, description = "The quick reply.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The quick reply as it is now.", body = QuickReply),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<QuickReplyId>,
    Valid(ChangeBody { title, text }): Valid<ChangeBody>,
) -> Result<Json<QuickReply>, Problem> {
    let wanted = QuickReplyChange { title, text };
    Ok(Json(app::quick_replies::change(&app, &caller, id, wanted).await.map_err(problem)?.into()))
}

/// Remove a quick reply
///
/// Messages that were made from it stay as they are. Needs `messages:manage`, and `quick-replies:manage` if it is not only yours.
#[utoipa::path(
    delete, path = "/v1/quick-replies/{quick_reply_id}", operation_id = "remove_quick_reply", tag = "quick replies",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("quick_reply_id" = inline(schema::QuickReplyId), Path, description = "The quick reply.")),
    responses(
        (status = 204, description = "The quick reply is removed."),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<QuickReplyId>,
) -> Result<StatusCode, Problem> {
    app::quick_replies::remove(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
