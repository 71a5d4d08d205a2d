//! `GET /v1/contacts/{contact_id}/activity`: what happened with a contact, in one list (D33, D38, E04).

use app::App;
use app::contacts::activity::ActivityContent;
use app::contacts::activity::Happened;
use axum::Json;
use axum::extract::State;
use domain::id::{ContactId, ConversationId};
use domain::timeline::EntryKind;
use http_api::resource::{Happening, Message, Note, TimelineActor, TimelineEntry, TimelineEvent};
use http_api::{Caller, Page, PageLimit, Param, Problem, Query, schema};
use jiff::Timestamp;
use serde::de::value::StrDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

use crate::contact_problem::problem;

/// Which entries.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityQuery {
    /// Only entries of these kinds, separated by commas.
    #[serde(default, deserialize_with = "names")]
    #[param(value_type = Option<String>, example = "note,order_shipped")]
    kinds: Vec<EntryKind>,
    /// How many entries a page has at most. It may have fewer although more follow.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// Names separated by commas.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<EntryKind>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.split(',').map(|name| EntryKind::deserialize(StrDeserializer::new(name))).collect()
}

/// Something that happened with a contact.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ContactActivity {
    /// When it was written down.
    #[schema(value_type = schema::Time)]
    at: Timestamp,
    /// What it is.
    #[schema(value_type = schema::EntryKind)]
    kind: EntryKind,
    /// Who did it.
    actor: TimelineActor,
    /// In which conversation; null: it is the contact's own.
    #[schema(value_type = Option<schema::ConversationId>, required = true)]
    conversation_id: Option<ConversationId>,
    /// The message, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    /// The event, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<TimelineEvent>,
    /// The note, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Note>,
    /// What happened elsewhere, if it is that.
    #[serde(skip_serializing_if = "Option::is_none")]
    happening: Option<Happening>,
}

impl From<Happened> for ContactActivity {
    fn from(it: Happened) -> Self {
        match it {
            Happened::Own(activity) => {
                let (at, kind) = (activity.at(), activity.kind());
                let (actor, note, happening) = match activity.content {
                    ActivityContent::Note(note) => (note.author, Some(note.into()), None),
                    ActivityContent::Happening(it) => (it.actor, None, Some(it.into())),
                };
                let actor = actor.into();
                Self { at, kind, actor, conversation_id: None, message: None, event: None, note, happening }
            }
            Happened::In(conversation, entry) => {
                let TimelineEntry { at, kind, actor, message, event, note, happening, .. } =
                    TimelineEntry::from(*entry);
                let conversation_id = Some(conversation);
                Self { at, kind, actor, conversation_id, message, event, note, happening }
            }
        }
    }
}

/// Get what happened with a contact
///
/// The notes about them, what happened to them elsewhere, and the messages and events of their conversations as far as you may
/// read them, newest first. Of somebody with more than 25 conversations the 25 that were active last are shown. Needs
/// `contacts:read`, and `messages:manage` for conversations.
#[utoipa::path(
    get, path = "/v1/contacts/{contact_id}/activity", operation_id = "get_contact_activity", tag = "contacts",
    extensions(("x-permission" = json!("contacts:read"))),
    params(("contact_id" = inline(schema::ContactId), Path, description = "The contact."), ActivityQuery),
    responses(
        (status = 200, description = "A page of what happened.", body = Page<ContactActivity>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn activity(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactId>,
    Query(query): Query<ActivityQuery>,
) -> Result<Json<Page<ContactActivity>>, Problem> {
    let page = query.limit.request(query.cursor.as_deref());
    let found =
        app::contacts::activity::list(&app, &caller, id, &query.kinds, page).await.map_err(problem)?;
    Ok(Json(Page::of(found, ContactActivity::from)))
}
