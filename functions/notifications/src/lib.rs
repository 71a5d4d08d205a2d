//! The alert centre: what a user was told, and what an account and its people want to be told of.

mod alerts;

use app::App;
use app::notifications::{NotificationKind, NotificationsError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{ConversationId, NotificationId};
use http_api::{Caller, Page, PageQuery, Param, Problem, Query, schema};
use jiff::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(alerts::settings, alerts::change_settings))
        .routes(routes!(alerts::preferences, alerts::change_preferences))
}

/// Something that a user was told.
#[derive(Serialize, utoipa::ToSchema)]
struct Notification {
    /// Its id, also that of its push.
    #[schema(value_type = schema::NotificationId)]
    id: NotificationId,
    /// Why.
    #[schema(value_type = schema::NotificationKind)]
    kind: NotificationKind,
    /// About which conversation, if about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ConversationId>)]
    conversation_id: Option<ConversationId>,
    /// What the account has to tell about itself, if that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<alerts::Alert>,
    /// When it happened.
    #[schema(value_type = schema::Time)]
    at: Timestamp,
    /// Whether the user has seen it.
    read: bool,
}

impl From<app::notifications::Notification> for Notification {
    fn from(it: app::notifications::Notification) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            conversation_id: it.conversation,
            alert: it.alert.map(alerts::Alert::from),
            at: it.at,
            read: it.read,
        }
    }
}

/// List notifications
///
/// What you were told in the last 90 days, newest first.
#[utoipa::path(
    get, path = "/v1/notifications", operation_id = "list_notifications", tag = "notifications", params(PageQuery),
    extensions(("x-permission" = json!("notifications:read"))),
    responses((status = 200, description = "A page of your notifications.", body = Page<Notification>)),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Notification>>, Problem> {
    let found = app::notifications::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Notification::from)))
}

/// Mark a notification as read
///
/// Doing it again changes nothing.
#[utoipa::path(
    post, path = "/v1/notifications/{notification_id}/read", operation_id = "read_notification",
    extensions(("x-permission" = json!("notifications:read"))),
    tag = "notifications",
    params(("notification_id" = inline(schema::NotificationId), Path, description = "The notification.")),
    responses(
        (status = 204, description = "It is read."),
        (status = 404, description = "`not-found`"),
    ),
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<NotificationId>,
) -> Result<StatusCode, Problem> {
    app::notifications::read(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: NotificationsError) -> Problem {
    match error {
        NotificationsError::Forbidden(forbidden) => forbidden.into(),
        NotificationsError::NotFound => Problem::NotFound,
        NotificationsError::Cursor(invalid) => invalid.into(),
        NotificationsError::Failure(failure) => failure.into(),
    }
}
