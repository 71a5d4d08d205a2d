//! Templates as the API shows and takes them.

use app::templates::TemplateChange;
use domain::id::TemplateId;
use domain::managed::ManagedBy;
use domain::name::DisplayName;
use domain::template::{FieldName, TemplateText};
use http_api::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// Its fields, each once. `first_name`, `last_name` and `name` are filled from the customer's record, as far as it knows
    /// them; a request gives the others.
    #[schema(value_type = Vec<String>, example = json!(["day", "first_name"]))]
    fields: Vec<FieldName>,
    /// Who can change it.
    #[schema(value_type = schema::ManagedBy)]
    managed_by: ManagedBy,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<domain::template::Template> for Template {
    fn from(it: domain::template::Template) -> Self {
        let domain::template::Template { id, name, text, managed_by, created_at } = it;
        Self { id, name, fields: text.fields(), text, managed_by, created_at }
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
