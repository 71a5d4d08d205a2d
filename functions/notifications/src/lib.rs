//! The alert centre: what a user was told, what an account and its people want to be told of, and on which devices.

mod alerts;
mod devices;
mod preferences;

use app::App;
use app::notifications::{NotificationKind, NotificationsError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{ContactId, ConversationId, NotificationId};
use http_api::{Caller, Page, PageLimit, Param, Problem, Query, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(count))
        .routes(routes!(read_all))
        .routes(routes!(read))
        .routes(routes!(preferences::get, preferences::change))
        .routes(routes!(devices::list, devices::register))
        .routes(routes!(devices::remove))
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
    /// About which conversation, if about one that you may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ConversationId>)]
    conversation_id: Option<ConversationId>,
    /// About which customer, if about one and no conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ContactId>)]
    contact_id: Option<ContactId>,
    /// What the account has to tell about itself, if that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<alerts::Alert>,
    /// When it happened.
    #[schema(value_type = schema::Time)]
    at: Timestamp,
    /// Whether the user has seen it.
    read: bool,
    /// Whether it is only recorded, because you had muted the conversation: show it without a sound.
    silent: bool,
}

/// Which notifications.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only what you have not read. A page of these may have fewer than its limit although more follow.
    #[serde(default)]
    #[param(default = false, required = false)]
    unread: bool,
    /// How many entries a page has at most.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// How much you have not read.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = NotificationCount)]
struct CountBody {
    /// Unread notifications, at most 100.
    unread: u32,
    /// Whether there are more.
    capped: bool,
}

impl From<app::notifications::Notification> for Notification {
    fn from(it: app::notifications::Notification) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            conversation_id: it.conversation,
            contact_id: it.contact,
            alert: it.alert.map(alerts::Alert::from),
            at: it.at,
            read: it.read,
            silent: it.silent,
        }
    }
}

/// List notifications
///
/// What you were told in the last 90 days, newest first. Of what concerns a conversation that you may not read any more, only
/// remains that it happened.
#[utoipa::path(
    get, path = "/v1/notifications", operation_id = "list_notifications", tag = "notifications", params(ListQuery),
    extensions(("x-permission" = json!("notifications:read"))),
    responses((status = 200, description = "A page of your notifications.", body = Page<Notification>)),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Notification>>, Problem> {
    let page = query.limit.request(query.cursor.as_deref());
    let found = app::notifications::list(&app, &caller, query.unread, page).await.map_err(problem)?;
    Ok(Json(Page::of(found, Notification::from)))
}

/// Count unread notifications
#[utoipa::path(
    get, path = "/v1/notifications/counts", operation_id = "count_notifications", tag = "notifications",
    extensions(("x-permission" = json!("notifications:read"))),
    responses((status = 200, description = "How much you have not read.", body = CountBody)),
)]
async fn count(State(app): State<App>, caller: Caller) -> Result<Json<CountBody>, Problem> {
    let (unread, capped) = app::notifications::count_unread(&app, &caller).await.map_err(problem)?;
    Ok(Json(CountBody { unread, capped }))
}

/// Mark all notifications as read
///
/// At most 500 at once: if more are left, the answer says so, and the request can be made again.
#[utoipa::path(
    post, path = "/v1/notifications/read", operation_id = "read_notifications", tag = "notifications",
    extensions(("x-permission" = json!("notifications:read"))),
    responses((status = 200, description = "How much is left.", body = CountBody)),
)]
async fn read_all(State(app): State<App>, caller: Caller) -> Result<Json<CountBody>, Problem> {
    let (unread, capped) = app::notifications::read_all(&app, &caller).await.map_err(problem)?;
    Ok(Json(CountBody { unread, capped }))
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
