//! `GET /v1/conversations/{conversation_id}/timeline`: messages and events in one order.

use app::App;
use app::conversations::TimelineFilter;
use axum::Json;
use axum::extract::State;
use domain::id::{ApiKeyId, ConversationId, EventId, UserId};
use domain::message::Origin;
use domain::timeline::{Actor, ConversationEvent, Entry, EntryContent, EntryKind};
use http_api::resource::Message;
use http_api::{Caller, Page, PageLimit, Param, Problem, Query, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::names::Names;

/// Which entries.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimelineQuery {
    /// Only entries of these kinds, separated by commas.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "incoming_message,outgoing_message")]
    events: Names<EntryKind>,
    /// Of the outgoing messages only those of these origins, separated by commas.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "manual")]
    origins: Names<Origin>,
    /// With `true`: only messages that failed.
    #[serde(default)]
    #[param(required = false)]
    failed: bool,
    /// How many entries a page has at most. With a filter it may have fewer although more follow.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// One entry of a timeline: a message or an event.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TimelineEntry {
    /// Its place: entries are numbered in the order in which they were accepted.
    #[schema(example = 12)]
    sequence: u64,
    /// When it was accepted.
    #[schema(value_type = schema::Time)]
    at: Timestamp,
    /// What it is.
    #[schema(value_type = schema::EntryKind)]
    kind: EntryKind,
    /// Who did it.
    actor: TimelineActor,
    /// The message, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    /// The event, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<TimelineEvent>,
}

/// Who did something.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TimelineActor {
    /// Whether it was a member of staff, a program, the customer, or the product itself.
    #[serde(rename = "type")]
    kind: ActorKind,
    /// Which member of staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    user_id: Option<UserId>,
    /// With which API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ApiKeyId>)]
    api_key_id: Option<ApiKeyId>,
}

/// Who can do something.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActorKind {
    User,
    ApiKey,
    Contact,
    System,
}

/// What happened besides messages.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TimelineEvent {
    /// Its id.
    #[schema(value_type = schema::EventId)]
    id: EventId,
    /// Who was assigned, or whose assignment was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    user_id: Option<UserId>,
    /// Until when it was put to sleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    until: Option<Timestamp>,
}

/// Get a timeline
///
/// The messages and events of a conversation, newest first. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation_id}/timeline", operation_id = "get_timeline", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(
        ("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation."),
        TimelineQuery,
    ),
    responses(
        (status = 200, description = "A page of the timeline.", body = Page<TimelineEntry>),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn timeline(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
    Query(query): Query<TimelineQuery>,
) -> Result<Json<Page<TimelineEntry>>, Problem> {
    let filter = TimelineFilter { kinds: query.events.0, origins: query.origins.0, failed: query.failed };
    let page = query.limit.request(query.cursor.as_deref());
    let entries = app::conversations::timeline(&app, &caller, id, &filter, page).await?;
    Ok(Json(Page::of(entries, TimelineEntry::from)))
}

impl From<Entry> for TimelineEntry {
    fn from(entry: Entry) -> Self {
        let kind = entry.kind();
        let (actor, message, event) = match entry.content {
            EntryContent::Message(message) => (sender(&message), Some((*message).into()), None),
            EntryContent::Event { id, event, actor } => (actor, None, Some(TimelineEvent::new(id, event))),
        };
        Self { sequence: entry.sequence, at: entry.at, kind, actor: actor.into(), message, event }
    }
}

/// Who a message is from.
fn sender(message: &domain::message::Message) -> Actor {
    message.delivery().map_or(Actor::Contact, |delivery| delivery.author)
}

impl From<Actor> for TimelineActor {
    fn from(actor: Actor) -> Self {
        let kind = match actor {
            Actor::User(_) => ActorKind::User,
            Actor::ApiKey(_) => ActorKind::ApiKey,
            Actor::Contact => ActorKind::Contact,
            Actor::System => ActorKind::System,
        };
        let api_key_id = match actor {
            Actor::ApiKey(key) => Some(key),
            Actor::User(_) | Actor::Contact | Actor::System => None,
        };
        Self { kind, user_id: actor.user(), api_key_id }
    }
}

impl TimelineEvent {
    fn new(id: EventId, event: ConversationEvent) -> Self {
        let (user_id, until) = match event {
            ConversationEvent::Assigned { user } | ConversationEvent::Unassigned { user } => {
                (Some(user), None)
            }
            ConversationEvent::Snoozed { until } => (None, Some(until)),
            ConversationEvent::Unsnoozed
            | ConversationEvent::Completed
            | ConversationEvent::Reopened
            | ConversationEvent::Archived => (None, None),
        };
        Self { id, user_id, until }
    }
}
