//! Templates as the API shows and takes them.

use app::templates::TemplateChange;
use domain::id::{TeamId, TemplateId};
use domain::managed::ManagedBy;
use domain::name::DisplayName;
use domain::template::{FieldName, TemplateText};
use http_api::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::scope::{ScopeName, shown};

/// A message template.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Template {
    /// Its id.
    #[schema(value_type = schema::TemplateId)]
    id: TemplateId,
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Reminder")]
    name: DisplayName,
    /// Its text.
    #[schema(value_type = schema::TemplateText)]
    text: TemplateText,
    /// Its fields, each once. `first_name`, `last_name`, `name` and your own fields of contacts are filled from the customer's
    /// record as far as it knows them, `sender_name` and `business_name` from who sends; a request gives the others.
    #[schema(value_type = Vec<String>, example = json!(["day", "first_name"]))]
    fields: Vec<FieldName>,
    /// Who can change it.
    #[schema(value_type = schema::ManagedBy)]
    managed_by: ManagedBy,
    /// Who has it at hand.
    scope: ScopeName,
    /// With `team`: which team.
    #[schema(value_type = Option<schema::TeamId>, required = true)]
    team_id: Option<TeamId>,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<domain::template::Template> for Template {
    fn from(it: domain::template::Template) -> Self {
        let domain::template::Template { id, name, text, managed_by, scope, created_at } = it;
        let (scope, team_id) = shown(scope);
        Self { id, name, fields: text.fields(), text, managed_by, scope, team_id, created_at }
    }
}

/// A template to make.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTemplate {
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Reminder")]
    pub(crate) name: DisplayName,
    /// Its text.
    #[schema(value_type = schema::TemplateText)]
    pub(crate) text: TemplateText,
}

/// A template of one's own account to make.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOwnTemplate {
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Reminder")]
    pub(crate) name: DisplayName,
    /// Its text.
    #[schema(value_type = schema::TemplateText)]
    pub(crate) text: TemplateText,
    /// Who has it at hand. One of your own takes `messages:compose`, and so does sending it.
    #[serde(default)]
    #[schema(required = false)]
    pub(crate) scope: ScopeName,
    /// With `team`: which team.
    #[schema(value_type = Option<schema::TeamId>)]
    pub(crate) team_id: Option<TeamId>,
}

/// What to change of a template. What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateChange)]
pub(crate) struct ChangeBody {
    /// Its name.
    #[schema(value_type = Option<schema::DisplayName>, example = "Reminder")]
    name: Option<DisplayName>,
    /// Its text. Messages that were made from it stay as they are.
    #[schema(value_type = Option<schema::TemplateText>)]
    text: Option<TemplateText>,
}

impl From<ChangeBody> for TemplateChange {
    fn from(ChangeBody { name, text }: ChangeBody) -> Self {
        Self { name, text }
    }
}
