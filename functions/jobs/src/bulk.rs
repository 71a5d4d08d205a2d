//! `POST /v1/conversations/bulk`: one thing done with many conversations (D16 to D24).

use app::App;
use app::conversations::{ConversationError, Selection, Whose};
use app::jobs::bulk::{BulkAction, BulkError, NAMED_MAX, wake_at, with_filter, with_named};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::conversation::View;
use domain::id::{ConversationId, GatewayId, TagId, UserId};
use domain::snooze::{SnoozePreset, SnoozeRequest};
use http_api::{Caller, Code, FieldError, IdempotencyKey, Problem, Valid, idempotent, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::body::{Job, Result as BulkResult};
use crate::problem;

/// What to do with which conversations: either with those that are named or with what a filter shows.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkRequest)]
pub(crate) struct BulkBody {
    /// What to do.
    action: ActionName,
    /// Whom to assign, or whose assignment to remove.
    #[schema(value_type = Option<schema::UserId>)]
    user_id: Option<UserId>,
    /// Which tag to put on or to take off.
    #[schema(value_type = Option<schema::TagId>)]
    tag_id: Option<TagId>,
    /// Until when to snooze, at most ten years from now.
    #[schema(value_type = Option<schema::Time>)]
    until: Option<Timestamp>,
    /// Until when to snooze, by name.
    #[schema(value_type = Option<schema::SnoozePreset>)]
    preset: Option<SnoozePreset>,
    /// With these, 1 to 100. The answer says at once what became of each.
    #[schema(value_type = Option<Vec<schema::ConversationId>>, min_items = 1, max_items = 100)]
    conversation_ids: Option<Vec<ConversationId>>,
    /// With everything that this shows when the job is at work.
    filter: Option<Filter>,
}

/// An action of conversations that many can be put through.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BulkAction)]
pub(crate) enum ActionName {
    Assign,
    Unassign,
    Tag,
    Untag,
    Snooze,
    Unsnooze,
    Complete,
    Reopen,
    Archive,
    Unarchive,
    Read,
    Unread,
    Mute,
    Unmute,
}

/// Which conversations, as in `GET /v1/conversations`.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConversationFilter)]
pub(crate) struct Filter {
    /// The view.
    view: FilteredView,
    /// Only what is assigned to this user; `me` is you.
    #[schema(example = "me")]
    user_id: Option<String>,
    /// Only those with this number of ours.
    #[schema(value_type = Option<schema::GatewayId>)]
    gateway_id: Option<GatewayId>,
    /// Only those with this tag.
    #[schema(value_type = Option<schema::TagId>)]
    tag_id: Option<TagId>,
}

/// A view of conversations.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FilteredView)]
pub(crate) enum FilteredView {
    Inbox,
    Unread,
    Snoozed,
    Completed,
    Archived,
    All,
    Unassigned,
    Assigned,
}

/// What became of it.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[schema(as = BulkAnswer)]
pub(crate) enum Answer {
    /// What became of each of the named ones.
    Done(Done),
    /// The job that works on what the filter shows.
    Started(Job),
}

/// What became of each of the named conversations, in their order.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = BulkDone)]
pub(crate) struct Done {
    /// One for each.
    results: Vec<BulkResult>,
}

fn wrong(field: &str, code: Code, detail: &'static str) -> Problem {
    Problem::invalid(FieldError::body([field], code, detail))
}

fn bulk_problem(error: BulkError) -> Problem {
    match error {
        BulkError::Job(error) => problem(error),
        BulkError::Conversation(ConversationError::NoSuchUser) => {
            wrong("user_id", Code::NoSuchThing, "nobody whom conversations can be assigned to")
        }
        BulkError::Conversation(ConversationError::NoSuchTag) => {
            wrong("tag_id", Code::NoSuchThing, "the account has no such tag")
        }
        BulkError::Conversation(error) => error.into(),
    }
}

/// Do something with many conversations
///
/// With those that are named: the answer says of each whether it was done. With a filter: a job does it with everything that
/// the filter shows when it is at work; `GET /v1/jobs/{job_id}/results` says what became of each. Each conversation is asked
/// whether you may and whether it is possible, as if it were the only one. Needs `messages:manage`.
#[utoipa::path(
    post, path = "/v1/conversations/bulk", operation_id = "act_on_conversations", tag = "conversations",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = BulkBody,
    responses(
        (status = 200, description = "What became of each of the named ones.", body = Done),
        (status = 202, description = "The job that works on what the filter shows.", body = Job),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn act(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<BulkBody>,
) -> Result<Response, Problem> {
    let run = Box::pin(async {
        let wanted = wanted(&body, &caller)?;
        let action = action(&app, &caller, &body).await?;
        Ok(match wanted {
            Wanted::Named(ids) => {
                let results = with_named(&app, &caller, action, &ids).await.map_err(bulk_problem)?;
                let results = results.into_iter().map(BulkResult::from).collect();
                (StatusCode::OK, Answer::Done(Done { results }))
            }
            Wanted::Filtered(selection) => {
                let job = with_filter(&app, &caller, action, selection).await.map_err(bulk_problem)?;
                (StatusCode::ACCEPTED, Answer::Started(job.into()))
            }
        })
    });
    idempotent(&app, &caller, key, "act on conversations", &body, run).await
}

/// Which conversations.
enum Wanted {
    Named(Vec<ConversationId>),
    Filtered(Selection),
}

fn wanted(body: &BulkBody, caller: &Caller) -> Result<Wanted, Problem> {
    let either = "expected either \"conversation_ids\" or \"filter\"";
    match (&body.conversation_ids, &body.filter) {
        (Some(_), Some(_)) => Err(wrong("filter", Code::NotTogether, either)),
        (None, None) => Err(wrong("conversation_ids", Code::MissingField, either)),
        (Some(ids), None) if !(1..=NAMED_MAX).contains(&ids.len()) => {
            Err(wrong("conversation_ids", Code::OutOfRange, "expected 1 to 100 conversations"))
        }
        (Some(ids), None) => Ok(Wanted::Named(domain::contact::distinct(ids))),
        (None, Some(filter)) => filter.read(caller).map(Wanted::Filtered),
    }
}

impl Filter {
    fn read(&self, caller: &Caller) -> Result<Selection, Problem> {
        let wrong = |field, code, detail| Problem::invalid(FieldError::body(["filter", field], code, detail));
        let user = match self.user_id.as_deref() {
            None => None,
            Some("me") => Some(caller.user),
            Some(id) => {
                let detail = "expected \"me\" or the id of a user";
                Some(id.parse().map_err(|_| wrong("user_id", Code::Invalid, detail))?)
            }
        };
        let of_user = user.map_or(Whose::All, Whose::User);
        let (view, whose) = match self.view {
            FilteredView::Inbox => (View::Inbox, of_user),
            FilteredView::Unread => (View::Unread, of_user),
            FilteredView::Snoozed => (View::Snoozed, of_user),
            FilteredView::Completed => (View::Completed, of_user),
            FilteredView::Archived => (View::Archived, of_user),
            FilteredView::All => (View::All, of_user),
            FilteredView::Assigned => (View::Inbox, Whose::User(user.unwrap_or(caller.user))),
            FilteredView::Unassigned if user.is_none() => (View::Inbox, Whose::Unassigned),
            FilteredView::Unassigned => {
                let detail = "what is assigned to a user is not unassigned";
                return Err(wrong("user_id", Code::NotTogether, detail));
            }
        };
        Ok(Selection { view, whose, gateway: self.gateway_id, tag: self.tag_id })
    }
}

/// The action with what it takes, and nothing else.
async fn action(app: &App, caller: &Caller, body: &BulkBody) -> Result<BulkAction, Problem> {
    let takes = match body.action {
        ActionName::Assign | ActionName::Unassign => "user_id",
        ActionName::Tag | ActionName::Untag => "tag_id",
        ActionName::Snooze => "until",
        _ => "",
    };
    let given = [
        ("user_id", body.user_id.is_some()),
        ("tag_id", body.tag_id.is_some()),
        ("until", body.until.is_some()),
        ("preset", body.preset.is_some()),
    ];
    let snoozes = takes == "until";
    let odd =
        given.into_iter().find(|(name, given)| *given && *name != takes && !(snoozes && *name == "preset"));
    if let Some((name, _)) = odd {
        return Err(wrong(name, Code::NotTogether, "this action does not take it"));
    }
    let user = || body.user_id.ok_or_else(|| wrong("user_id", Code::MissingField, "expected whom"));
    let tag = || body.tag_id.ok_or_else(|| wrong("tag_id", Code::MissingField, "expected which tag"));
    Ok(match body.action {
        ActionName::Assign => BulkAction::Assign { user: user()? },
        ActionName::Unassign => BulkAction::Unassign { user: user()? },
        ActionName::Tag => BulkAction::Tag { tag: tag()? },
        ActionName::Untag => BulkAction::Untag { tag: tag()? },
        ActionName::Snooze => {
            let request = match (body.until, body.preset) {
                (Some(until), None) => SnoozeRequest::Until(until),
                (None, Some(preset)) => SnoozeRequest::Preset(preset),
                (Some(_), Some(_)) => {
                    return Err(wrong(
                        "preset",
                        Code::NotTogether,
                        "expected either \"until\" or \"preset\"",
                    ));
                }
                (None, None) => {
                    return Err(wrong(
                        "until",
                        Code::MissingField,
                        "expected either \"until\" or \"preset\"",
                    ));
                }
            };
            BulkAction::Snooze { until: wake_at(app, caller, request).await.map_err(bulk_problem)? }
        }
        ActionName::Unsnooze => BulkAction::Unsnooze,
        ActionName::Complete => BulkAction::Complete,
        ActionName::Reopen => BulkAction::Reopen,
        ActionName::Archive => BulkAction::Archive,
        ActionName::Unarchive => BulkAction::Unarchive,
        ActionName::Read => BulkAction::Read,
        ActionName::Unread => BulkAction::Unread,
        ActionName::Mute => BulkAction::Mute,
        ActionName::Unmute => BulkAction::Unmute,
    })
}
