//! Saved views as the API shows and takes them.

use app::views::{Missing, Shown};
use domain::conversation::View;
use domain::id::{GatewayId, SavedViewId, TagId, UserId};
use domain::name::DisplayName;
use domain::saved_view::{AssignedTo, Filter};
use domain::scope::Scope;
use http_api::{Code, FieldError, Problem, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A view of the inbox.
#[derive(Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SavedViewOf)]
pub(crate) enum ViewName {
    /// What there is to do.
    Inbox,
    /// Unread, in the inbox.
    Unread,
    /// Asleep.
    Snoozed,
    /// Completed.
    Completed,
    /// Archived.
    Archived,
    /// Everything.
    All,
}

impl From<ViewName> for View {
    fn from(name: ViewName) -> Self {
        match name {
            ViewName::Inbox => Self::Inbox,
            ViewName::Unread => Self::Unread,
            ViewName::Snoozed => Self::Snoozed,
            ViewName::Completed => Self::Completed,
            ViewName::Archived => Self::Archived,
            ViewName::All => Self::All,
        }
    }
}

impl From<View> for ViewName {
    fn from(view: View) -> Self {
        match view {
            View::Inbox => Self::Inbox,
            View::Unread => Self::Unread,
            View::Snoozed => Self::Snoozed,
            View::Completed => Self::Completed,
            View::Archived => Self::Archived,
            View::All => Self::All,
        }
    }
}

/// Whose conversations: a user's, or those of whoever looks.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Member {
    Me,
    User(UserId),
}

impl TryFrom<String> for Member {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "me" => Ok(Self::Me),
            id => id.parse().map(Self::User).map_err(|_| "expected \"me\" or the id of a user"),
        }
    }
}

impl From<Member> for String {
    fn from(member: Member) -> Self {
        match member {
            Member::Me => "me".to_owned(),
            Member::User(user) => user.to_string(),
        }
    }
}

/// What a saved view shows: everything of a view of the inbox that also fits the rest.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedViewFilter)]
pub(crate) struct FilterBody {
    /// Of which view.
    view: ViewName,
    /// Only what is assigned to this user; `me` is whoever looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "me")]
    user_id: Option<Member>,
    /// Only what nobody is assigned to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    unassigned: bool,
    /// Only those with this number of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::GatewayId>)]
    gateway_id: Option<GatewayId>,
    /// Only those with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::TagId>)]
    tag_id: Option<TagId>,
}

impl FilterBody {
    /// The filter, or which field is wrong.
    pub(crate) fn filter(&self) -> Result<Filter, Problem> {
        let assigned_to = match (self.user_id, self.unassigned) {
            (Some(_), true) => {
                let detail = "what is assigned to a user is not unassigned";
                let path = ["filter", "unassigned"];
                return Err(Problem::invalid(FieldError::body(path, Code::NotTogether, detail)));
            }
            (None, true) => Some(AssignedTo::Nobody),
            (Some(Member::Me), false) => Some(AssignedTo::Me),
            (Some(Member::User(user)), false) => Some(AssignedTo::User { user }),
            (None, false) => None,
        };
        Ok(Filter { view: self.view.into(), assigned_to, gateway: self.gateway_id, tag: self.tag_id })
    }
}

impl From<Filter> for FilterBody {
    fn from(Filter { view, assigned_to, gateway, tag }: Filter) -> Self {
        let user_id = match assigned_to {
            Some(AssignedTo::Me) => Some(Member::Me),
            Some(AssignedTo::User { user }) => Some(Member::User(user)),
            Some(AssignedTo::Nobody) | None => None,
        };
        let unassigned = assigned_to == Some(AssignedTo::Nobody);
        Self { view: view.into(), user_id, unassigned, gateway_id: gateway, tag_id: tag }
    }
}

/// A saved view.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SavedView {
    /// Its id.
    #[schema(value_type = schema::SavedViewId)]
    id: SavedViewId,
    /// What people call it.
    #[schema(value_type = schema::DisplayName, example = "Complaints at the harbour")]
    name: DisplayName,
    /// What it shows.
    filter: FilterBody,
    /// Whether all colleagues have it. Each sees through it what they may see.
    shared: bool,
    /// The fields of the filter that name something which no longer exists. While there are any, the view shows nothing.
    #[schema(example = json!([]))]
    missing: Vec<&'static str>,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<Shown> for SavedView {
    fn from(Shown { view, missing }: Shown) -> Self {
        Self {
            id: view.id,
            name: view.name,
            filter: view.filter.into(),
            shared: view.scope == Scope::Account,
            missing: missing.into_iter().map(field).collect(),
            created_at: view.created_at,
        }
    }
}

/// The field of a filter that names such a thing.
pub(crate) fn field(what: Missing) -> &'static str {
    match what {
        Missing::User => "user_id",
        Missing::Gateway => "gateway_id",
        Missing::Tag => "tag_id",
    }
}

/// A view to save.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSavedView {
    /// What people call it.
    #[schema(value_type = schema::DisplayName, example = "Complaints at the harbour")]
    pub(crate) name: DisplayName,
    /// What it shows.
    pub(crate) filter: FilterBody,
    /// Whether all colleagues have it, which takes `views:manage`.
    #[serde(default)]
    #[schema(required = false)]
    pub(crate) shared: bool,
}

/// What to change of a saved view. What is absent stays as it is; whether it is shared always does.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedViewChange)]
pub(crate) struct ChangeBody {
    /// What people call it.
    #[schema(value_type = Option<schema::DisplayName>, example = "Complaints at the harbour")]
    pub(crate) name: Option<DisplayName>,
    /// What it shows, as a whole.
    pub(crate) filter: Option<FilterBody>,
}
